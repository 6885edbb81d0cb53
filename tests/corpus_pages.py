"""HTML pages of the corpora, drawn always in the same way."""

from __future__ import annotations

import random
from dataclasses import dataclass

from flows.bench.corpora import debian_tree

PACKAGES = (
    "libocct-doc",
    "kicad-doc-en",
    "python-ezdxf-doc",
    "grass-doc",
    "opencv-doc",
    "gimp-help-en",
    "python-skimage-doc",
)


@dataclass(frozen=True)
class CorpusPage:
    """A page and where it lies."""

    package: str
    url: str
    data: bytes


def sample_pages(each: int, packages: tuple[str, ...] = PACKAGES) -> list[CorpusPage]:
    """Return up to `each` pages of every package."""
    pages: list[CorpusPage] = []
    for package in packages:
        paths = sorted(path for path in debian_tree(package).rglob("*.html") if path.is_file())
        chosen = random.Random(package).sample(paths, min(each, len(paths)))
        pages += [CorpusPage(package, path.as_uri(), path.read_bytes()) for path in sorted(chosen)]
    return pages
