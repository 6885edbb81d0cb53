"""A small dataset whose every count is known."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from storage import tables
from storage.builds import Build, record_build
from storage.schemas import table_of

Rows = Mapping[str, Sequence[dict[str, Any]]]


def _element(doc_id: str, position: int, **more: Any) -> dict[str, Any]:
    return {"doc_id": doc_id, "position": position, "kind": "text", "section_path": ["Top", "Inner"], **more}


def _image(doc_id: str, position: int, url: str, image_id: str | None) -> dict[str, Any]:
    return _element(doc_id, position, kind="image", image_url=url, image_id=image_id, alt="alt")


#: a is kept, b was too short; image 1 stands under two addresses, 2 was too small, the last gave none.
ROWS: Rows = {
    "documents": [
        {"doc_id": "a", "source": "one", "title": "A"},
        {"doc_id": "b", "source": "one", "title": "B"},
        {"doc_id": "c", "source": "two", "title": "C", "fetched_at": datetime(2026, 1, 2, tzinfo=UTC)},
    ],
    "elements": [
        _image("a", 0, "u1", "1"),
        _element("a", 1, text="a caption", caption_of=0),
        _element("a", 2, text="more of it", caption_of=0),
        _image("a", 3, "u2", "2"),
        _image("c", 0, "u1b", "1"),
        _image("c", 1, "u1", "1"),
        _image("c", 2, "gone", None),
    ],
    "images": [
        {"image_id": "1", "bytes": b"\x89PNG" * 100, "mime": "image/png"},
        {"image_id": "2", "bytes": b"x", "mime": "image/gif"},
    ],
    "rejections": [
        {"stage": "clean", "unit": "document", "unit_id": "b", "rule": "too_short"},
        {"stage": "clean", "unit": "image", "unit_id": "2", "rule": "too_small"},
        {"stage": "clean", "unit": "image_url", "unit_id": "u1b", "rule": "exact_duplicate"},
        {"stage": "fetch", "unit": "image_url", "unit_id": "gone", "rule": "missing_file"},
    ],
    "groups": [
        {"group_id": "g", "kind": "document", "doc_id": "a", "images": [0], "texts": [1], "prior": [1.0]}
    ],
}


def write_rows(dataset: str, rows: Rows, name: str = "0") -> dict[str, int]:
    """Commit rows of several tables; return the tables' versions."""
    return {
        table: tables.commit(
            dataset,
            table,
            "stage",
            [tables.write_part(dataset, table, f"stage-{name}", table_of(table, list(of_table)))],
            f"{name}/stage",
        )
        for table, of_table in rows.items()
    }


def make_build(build_id: str, day: int, versions: Mapping[str, int], **more: Any) -> Build:
    fields = {"parent": None, "stage": "build", "recipe": "{}", "code_version": "1", **more}
    return Build(build_id=build_id, created_at=datetime(2026, 1, day, tzinfo=UTC), tables=versions, **fields)


@pytest.fixture
def fill() -> Callable[[str], None]:
    """Write ROWS into a dataset, and record them as build `b1`."""

    def fill_dataset(dataset: str) -> None:
        record_build(dataset, make_build("b1", 1, write_rows(dataset, ROWS)))

    return fill_dataset
