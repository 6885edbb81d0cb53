"""Thousands of damaged documents, made from real ones: no crash, none slow, no memory, a row for each."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from flows.bench.corpora import debian_tree, source_archive
from tests.mutation import Mutator, mutate_bytes, mutate_html, mutate_json, mutate_zip, read_series

_PACKAGES = ("libocct-doc", "kicad-doc-en", "kicad-doc-ja", "python-ezdxf-doc", "grass-doc", "gimp-help-en")
_MAX_PAGE = 30_000


def _spread(files: list[Path], count: int) -> list[Path]:
    return files[:: max(len(files) // count, 1)][:count]


def pages() -> list[bytes]:
    """Return real pages of six corpora, in turn, none so large that ten thousand take minutes."""
    chosen = []
    for package in _PACKAGES:
        tree = debian_tree(package)
        files = sorted(f for f in tree.rglob("*.html") if f.is_file() and 0 < f.stat().st_size <= _MAX_PAGE)
        chosen += [file.read_bytes() for file in _spread(files, 20)]
    return chosen


def members(requirement: str, suffix: str, most: int = 1_000_000) -> list[bytes]:
    """Return the files of a source archive that end in `suffix`."""
    found = []
    with tarfile.open(source_archive(requirement)) as archive:
        for entry in archive:
            if entry.name.endswith(suffix) and entry.isreg() and 0 < entry.size <= most:
                file = archive.extractfile(entry)
                assert file is not None
                found.append(file.read())
    return found


def words() -> list[bytes]:
    return members("python-docx==1.2.0", ".docx") + members("docx2python==3.5.0", ".docx", 200_000)


def notebooks() -> list[bytes]:
    return members("tespy==0.11.3", ".ipynb", 100_000)


def images() -> list[bytes]:
    """Return real images of several formats."""
    tree = debian_tree("libocct-doc")
    files = [f for f in sorted(tree.rglob("*.png")) if f.stat().st_size < 100_000]
    found = [file.read_bytes() for file in _spread(files, 10)]
    for data in found[:5]:
        for kind in ("JPEG", "GIF", "WEBP", "BMP", "TIFF"):
            file = BytesIO()
            Image.open(BytesIO(data)).convert("RGB").save(file, kind)
            found.append(file.getvalue())
    return found


@pytest.mark.parametrize(
    ("samples", "mutate", "count", "suffix"),
    [
        (pages, mutate_html, 10_000, ".html"),
        (words, mutate_zip, 1_000, ".docx"),
        (notebooks, mutate_json, 1_000, ".ipynb"),
        (images, mutate_bytes, 1_000, ".image"),
    ],
)
def test_damaged_documents(
    samples: Callable[[], list[bytes]], mutate: Mutator, count: int, suffix: str
) -> None:
    outcome = read_series(samples(), mutate, count, suffix)
    assert outcome.rules.total() == count
    assert outcome.rules["read"] > 0
    assert outcome.rules["crashed"] == outcome.rules["reader_failed"] == outcome.rules["failed"] == 0
    assert outcome.slowest < 10
    assert max(outcome.memory, outcome.children_memory) < 512
