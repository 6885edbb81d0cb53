"""Where hits stand in the documents, and which places a search is narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.searching.vectors import Modality, Passes
from storage.errors import LooseleafError
from storage.schemas import ELEMENT_KINDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXT = 200  # letters of a text that are shown

_FILTER = """
    ($source is null or d.source = $source)
    and ($language is null or coalesce(e.language, d.language) = $language)
    and ($kind is null or e.kind = $kind)
"""

_ALLOWED = (
    f"select e.doc_id, e.position, e.image_id from elements e join documents d using (doc_id) where {_FILTER}"  # noqa: S608
)

_PLACE = f"""
    select d.uri as document, d.title, d.source, e.doc_id, e.position, e.kind, e.page, e.section_path,
        coalesce(e.language, d.language) as language, e.image_id, e.image_url,
        (select string_agg(c.text, ' ' order by c.position) from elements c
            where c.doc_id = e.doc_id and c.caption_of = e.position and c.kind <> 'image') as caption,
        coalesce(e.text, e.alt, '') as text
    from elements e join documents d using (doc_id)
    where ((e.doc_id = $doc_id and e.position = $position) or ($doc_id is null and e.image_id = $image_id))
        and {_FILTER}
    order by e.doc_id, e.position
    limit 1
"""  # noqa: S608 (our own words)


@dataclass(frozen=True)
class Filters:
    """What hits are narrowed to; None is no limit."""

    source: str | None = None
    language: str | None = None  # ISO 639-1, of the element or else of its document
    kind: str | None = None  # of the element

    @property
    def values(self) -> dict[str, str | None]:
        """The filters by name."""
        return {"source": self.source, "language": self.language, "kind": self.kind}


def allowed_rows(connection: DuckDBPyConnection, filters: Filters) -> Passes | None:
    """Return which rows of the table `embeddings` pass the filters; None where there is no filter.

    Raises:
        LooseleafError: if the dataset has nothing of that source, language or kind.
    """
    if not any(filters.values.values()):
        return None
    if filters.kind is not None and filters.kind not in ELEMENT_KINDS:
        raise LooseleafError(f"There is no kind {filters.kind!r}: choose from {', '.join(ELEMENT_KINDS)}.")
    places: set[tuple[str, int]] = set()
    images: set[str] = set()
    for doc_id, position, image_id in connection.execute(_ALLOWED, filters.values).fetchall():
        places.add((doc_id, position))
        images.add(image_id)
    if not places:
        asked = ", ".join(f"{name} {value!r}" for name, value in filters.values.items() if value)
        raise LooseleafError(f"Nothing in the dataset is of {asked}{_choices(connection, filters)}.")
    return lambda row: (
        (row["doc_id"], row["position"]) in places if row["doc_id"] is not None else row["image_id"] in images
    )


def describe(
    connection: DuckDBPyConnection, modality: Modality, score: float, row: dict[str, Any], filters: Filters
) -> dict[str, Any]:
    """Say of a hit where it stands; an image's pixels have one row: its first place that passes."""
    answer = connection.execute(_PLACE, row | filters.values)
    names = [column[0] for column in answer.description or ()]
    found = answer.fetchone()
    assert found is not None, "an embedding's element is in the build that pins both"
    place = dict(zip(names, found, strict=True))
    return {"by": modality, "score": score} | place | {"text": " ".join(place["text"].split())[:_TEXT]}


def _choices(connection: DuckDBPyConnection, filters: Filters) -> str:
    if filters.source is None:
        return ": leave a filter out"
    sources = connection.execute("select distinct source from documents order by 1").fetchall()
    return f": its sources are {', '.join(str(name) for (name,) in sources)}"
