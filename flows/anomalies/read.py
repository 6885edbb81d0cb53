"""A dataset's documents and figures, as the detector looks at them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.queries import connect
from storage.words import name_in_words
from training.anomalies.documents import Figure, PictureWord, Report
from training.numbers.quantities import units_named

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BARE_NUMBER = re.compile(r"[-−]?\d[\d.,]*(?:[eE][+-]?\d+)?")
_DOCUMENTS = "select doc_id, coalesce(family, doc_id), source, uri, path from kept_documents order by doc_id"
_TEXTS = """
    select doc_id, kind, text, cells from elements join kept_documents using (doc_id)
    where kind <> 'image' and (text is not null or cells is not null) and not coalesce(boilerplate, false)
    order by doc_id, position
"""
_FIGURES = """
    select doc_id, position, image_id, image_url, alt, page, section_path
    from elements join kept_documents using (doc_id)
    where kind = 'image' and image_id in (select image_id from kept_images) order by doc_id, position
"""
_WORDS = (
    'select image_id, text, "left", top, width, height, vertical from image_words order by image_id, index'
)
_INLINE = re.compile(r"#inline-|^data:")


@dataclass(frozen=True)
class Place:
    """Where a figure stands."""

    document: str  # the document's address
    path: str
    position: int
    page: int | None
    section_path: tuple[str, ...]
    image_id: str
    image_url: str


@dataclass(frozen=True)
class Dataset:
    """What is looked at: documents, their figures, and where each figure stands."""

    reports: list[Report]
    names: list[str]  # of the documents, for a person
    figures: list[Figure]
    places: list[Place]


def read_dataset(dataset: str, build_id: str | None = None) -> Dataset:
    """Read the kept documents of a build (the latest by default) and their kept figures.

    Raises:
        LooseleafError: if there is no such dataset or build.
    """
    with connect(dataset, build_id) as connection:
        documents = connection.execute(_DOCUMENTS).fetchall()
        number_of = {row[0]: number for number, row in enumerate(documents)}
        told = _statements(connection)
        words = _words(connection)
        reports = [
            Report(doc_id, family, source, tuple(told.get(doc_id, ())))
            for doc_id, family, source, _, _ in documents
        ]
        figures, places = [], []
        for doc_id, position, image_id, url, alt, page, section in connection.execute(_FIGURES).fetchall():
            own = number_of[doc_id]
            figures.append(Figure(own, _name(url or "", alt), tuple(words.get(image_id, ()))))
            uri, path = documents[own][3:]
            places.append(Place(uri, path, position, page, tuple(section or ()), image_id, url or ""))
    return Dataset(reports, [row[4] or row[3] for row in documents], figures, places)


def table_rows(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows of a table as statements; a bare number takes the unit that its column's head names."""
    if not cells:
        return []
    units = [units_named(cell) for cell in cells[0]]
    rows = []
    for row in cells:
        said = [
            f"{cell} {units[column][0].name}"
            if column < len(units) and len(units[column]) == 1 and _BARE_NUMBER.fullmatch(cell.strip())
            else cell
            for column, cell in enumerate(row)
        ]
        rows.append(" ".join(said))
    return rows


def _statements(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    told: dict[str, list[str]] = defaultdict(list)
    for doc_id, kind, text, cells in connection.execute(_TEXTS).fetchall():
        told[doc_id] += table_rows(cells) if kind == "table" and cells else [text or ""]
    return told


def _words(connection: DuckDBPyConnection) -> dict[str, list[PictureWord]]:
    found: dict[str, list[PictureWord]] = defaultdict(list)
    for image_id, *word in connection.execute(_WORDS).fetchall():
        found[image_id].append(PictureWord(*word))
    return found


def _name(url: str, alt: str | None) -> str:
    """Return an image's own words with their digits: its file name, unless it has none, and its alt text."""
    name = "" if _INLINE.search(url) else name_in_words(url.partition("?")[0])
    return f"{name}\n{alt or ''}".strip()
