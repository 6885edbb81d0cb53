"""The pages that are looked at: a fixed draw out of Debian's documentation packages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flows.bench.corpora import debian_tree

CORPORA = (
    "gimp-help-en",
    "grass-doc",
    "kicad-doc-en",
    "libocct-doc",
    "opencv-doc",
    "python-ezdxf-doc",
    "python-skimage-doc",
)
_SMALLEST = 2_000  # bytes; smaller files send a browser on to another page, or list one name


@dataclass(frozen=True)
class Page:
    """A page of a corpus; `root` is the unpacked package."""

    corpus: str
    root: Path
    path: str

    @property
    def url(self) -> str:
        """Its `file:` URL."""
        return (self.root / self.path).as_uri()


def draw(count: int, corpora: Sequence[str] = CORPORA, seed: int = 0) -> list[Page]:
    """Draw `count` pages, as evenly over the corpora as they are large, half of them of pages with `<img`.

    Args:
        count: how many.
        corpora: Debian packages.
        seed: of the draw.

    Returns:
        The pages, by corpus and path; the same for the same arguments and packages.
    """
    shuffled = {corpus: list(_shuffled(corpus, seed)) for corpus in corpora}
    drawn: list[Page] = []
    while len(drawn) < count and any(shuffled.values()):
        for corpus in corpora:
            if shuffled[corpus] and len(drawn) < count:
                drawn.append(shuffled[corpus].pop(0))
    return sorted(drawn, key=lambda page: (page.corpus, page.path))


def neighbours(pages: Sequence[Page], count: int, seed: int = 0) -> list[Page]:
    """Return up to `count` further pages of each corpus of `pages`: a site is more than the pages drawn."""
    drawn = set(pages)
    return [
        page
        for corpus in sorted({page.corpus for page in pages})
        for page in [other for other in _shuffled(corpus, seed) if other not in drawn][:count]
    ]


@cache
def _shuffled(corpus: str, seed: int) -> tuple[Page, ...]:
    root = debian_tree(corpus)
    pages = sorted(
        path
        for path in root.rglob("*.html")
        if path.is_file() and not path.is_symlink() and path.stat().st_size >= _SMALLEST
    )
    chance = random.Random(f"{seed} {corpus}")
    chance.shuffle(pages)
    # One of a hundred generated reference pages has a figure: every second page is drawn from those with one.
    pictured = [path for path in pages if _has_picture(path)]
    with_picture = set(pictured)
    other = [path for path in pages if path not in with_picture]
    mixed: list[Path] = []
    while pictured or other:
        mixed += [group.pop(0) for group in (pictured, other) if group]
    return tuple(Page(corpus, root, path.relative_to(root).as_posix()) for path in mixed)


def _has_picture(path: Path) -> bool:
    """Tell whether a page shows three images or more: nearly all have a logo and arrows."""
    return path.read_bytes().count(b"<img") >= 3
