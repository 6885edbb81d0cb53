"""Every table loses what is removed, also one that will be added: rows are told by their columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.boilerplate.margins import MARGINS
from pipeline.crawl.folder import INDEX
from pipeline.extract.rows import BLOBS
from pipeline.images.fetch import LOCATIONS
from pipeline.mine.nearest import NEAREST
from pipeline.removal.remove import remove
from storage.parts import write_parquet
from storage.schemas import ELEMENTS, SCHEMAS

DOCUMENT, OTHER_DOCUMENT = "d" * 32, "e" * 32
IMAGE, URL, PICTURE = "1" * 64, "http://example.org/secret", "http://example.org/secret.png"
NAMES = {
    "doc_id": DOCUMENT, "negative_doc_id": DOCUMENT, "group_id": "f" * 32, "negative_group_id": "f" * 32,
    "content_hash": "c" * 64, "uri": URL, "url": URL, "image_id": IMAGE, "image_url": PICTURE,
    "unit": "document", "unit_id": DOCUMENT,
}  # fmt: skip
SECRET = "quixotic"
STAGING = {
    "read_elements": ELEMENTS, "margins": MARGINS, "blobs": BLOBS, "locations": LOCATIONS, "nearest": NEAREST,
}  # fmt: skip
#: Hashes of the places that were searched.
NAMELESS = {"mined_keys"}
#: A build is about a recipe, and counts rows.
ABOUT_NOTHING = {"builds"}
TABLES = {
    **{name: schema for name, schema in SCHEMAS.items() if name not in ABOUT_NOTHING},
    **{f"staging/{name}": schema for name, schema in STAGING.items()},
}


def row(schema: pa.Schema) -> dict[str, Any]:
    """A row that tells of the document and its image as far as its columns can, and a secret elsewhere."""
    return {field.name: NAMES.get(field.name, _secret(field.type)) for field in schema}


def _secret(kind: pa.DataType) -> Any:
    if pa.types.is_string(kind):
        return SECRET
    if pa.types.is_large_binary(kind) or pa.types.is_binary(kind):
        return SECRET.encode()
    if pa.types.is_list(kind):
        return [_secret(kind.value_type)]
    return 1 if pa.types.is_integer(kind) or pa.types.is_floating(kind) else None


def whole(dataset: Path) -> str:
    return "".join(str(pq.read_table(path).to_pylist()) for path in sorted(dataset.rglob("*.parquet")))


def written(dataset: Path, tables: dict[str, pa.Schema]) -> None:
    for table, schema in {"documents": SCHEMAS["documents"], "elements": ELEMENTS, **tables}.items():
        write_parquet(str(dataset), table, "x", pa.Table.from_pylist([row(schema)], schema=schema))


@pytest.mark.parametrize("table", sorted(TABLES))
@pytest.mark.parametrize("target", [DOCUMENT, URL])
def test_a_removed_document_leaves_every_table(tmp_path: Path, table: str, target: str) -> None:
    written(tmp_path, {table: TABLES[table]})
    removed = remove(str(tmp_path), [target])
    assert (removed.documents, removed.images) == (1, 1)
    left = whole(tmp_path)
    assert SECRET not in left
    for name in (DOCUMENT, URL, PICTURE, IMAGE):
        assert name not in left


@pytest.mark.parametrize("table", sorted(name for name in TABLES if "image_id" in TABLES[name].names))
@pytest.mark.parametrize("target", [IMAGE, PICTURE])
def test_a_removed_image_leaves_every_table(tmp_path: Path, table: str, target: str) -> None:
    written(tmp_path, {table: TABLES[table]})
    remove(str(tmp_path), [target])
    left = whole(tmp_path)
    assert IMAGE not in left
    assert PICTURE not in left
    assert DOCUMENT in left


def test_a_table_of_which_nobody_thought_is_covered(tmp_path: Path) -> None:
    """A stage's new table, on disk beside the others, needs no word in the removal."""
    schema = pa.schema([("image_id", pa.string()), ("caption", pa.string())])
    written(tmp_path, {"staging/captions": schema})
    remove(str(tmp_path), [IMAGE])
    assert pq.read_table(tmp_path / "staging" / "captions").num_rows == 0


def test_every_staging_table_is_among_these() -> None:
    """Those of the code, by the names under which stages hand them out."""
    code = Path(__file__).parents[3] / "pipeline"
    named = {
        name for path in code.rglob("*.py") for name in re.findall(r'"staging/(\w+)":', path.read_text())
    }
    assert named == set(STAGING) | NAMELESS


def test_the_index_of_a_crawl_names_pages_by_known_columns() -> None:
    assert "url" in INDEX.names


def test_what_was_never_had_of_a_removed_document_is_not_named(tmp_path: Path) -> None:
    """Tries for pictures that failed have no id: their address goes with the only document that names it."""
    shared = "http://example.org/shared.png"
    elements = [
        {"doc_id": DOCUMENT, "position": 0, "image_url": "HTTP://Example.org/only.png"},
        {"doc_id": DOCUMENT, "position": 1, "image_url": shared},
        {"doc_id": OTHER_DOCUMENT, "position": 0, "image_url": shared},
    ]
    tries = [{"image_url": url, "outcome": "failed"} for url in ("http://example.org/only.png", shared)]
    dropped = [{"unit": "image_url", "unit_id": one["image_url"]} for one in (*tries, elements[0])]
    for table, rows in (
        ("documents", [{"doc_id": DOCUMENT, "uri": URL}, {"doc_id": OTHER_DOCUMENT, "uri": "http://x.org/"}]),
        ("elements", elements),
        ("image_fetches", tries),
        ("rejections", dropped),
    ):
        write_parquet(str(tmp_path), table, "x", pa.Table.from_pylist(rows, schema=SCHEMAS[table]))
    remove(str(tmp_path), [URL])
    left = whole(tmp_path)
    assert "only.png" not in left
    assert left.count(shared) == 3
