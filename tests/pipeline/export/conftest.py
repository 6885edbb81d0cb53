"""A dataset of three documents: ragged, with a shared picture, and with what an export must leave out."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from storage import tables
from storage.builds import Build, record_build
from storage.schemas import table_of


def picture(red: int, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (12, 8), (red, 20, 30)).save(buffer, form)
    return buffer.getvalue()


def id_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


SHARED, PHOTO, SMALL = picture(1), picture(2, "JPEG"), picture(3)


def _text(doc_id: str, position: int, text: str, **more: Any) -> dict[str, Any]:
    return {"doc_id": doc_id, "position": position, "kind": "text", "text": text, "section_path": [], **more}


def _image(doc_id: str, position: int, url: str, data: bytes | None, **more: Any) -> dict[str, Any]:
    image_id = id_of(data) if data else None
    return {
        "doc_id": doc_id, "position": position, "kind": "image", "image_url": url, "image_id": image_id,
        "section_path": ["Top"], **more,
    }  # fmt: skip


#: What must come back of each document: texts, and pictures as bytes, in order.
CONTENT: dict[str, list[str | bytes]] = {
    "a": ["Überschrift", SHARED, "A caption.", "Second.\n\nwith lines", PHOTO],
    "b": [SHARED, SHARED, "Only text."],
    "c": ["No picture at all."],
}

_ROWS: dict[str, list[dict[str, Any]]] = {
    "documents": [
        {"doc_id": "a", "source": "one", "uri": "https://x.org/a", "title": "A", "language": "de"}
        | {"license": "Apache-2.0", "family": "f"},
        {"doc_id": "b", "source": "one", "uri": "/b.md", "title": None, "language": "en", "family": "f"},
        {"doc_id": "c", "source": "two", "uri": "/c.md", "title": "C"},
        {"doc_id": "dropped", "source": "two", "uri": "/d.md", "title": "D"},
    ],
    "elements": [
        _text("a", 0, "Überschrift", kind="heading", level=1, section_path=["Überschrift"]),
        _text("a", 1, "a menu", boilerplate=True),
        _image("a", 2, "https://x.org/shared.png", SHARED, alt="a shared one"),
        _text("a", 3, "A caption.", caption_of=2),
        _image("a", 4, "https://x.org/gone.png", None),
        _text("a", 5, "Second.\n\nwith lines"),
        _image("a", 6, "/b.md#inline-6", PHOTO),
        _image("b", 0, "file:///shared.png", SHARED),
        _image("b", 1, "file:///again.png", SHARED),
        _image("b", 2, "file:///small.png", SMALL),
        _text("b", 3, "Only text."),
        _text("c", 0, "No picture at all."),
        _text("dropped", 0, "Dropped."),
    ],
    "images": [
        {"image_id": id_of(data), "bytes": data, "mime": mime, "width": 12, "height": 8}
        for data, mime in ((SHARED, "image/png"), (PHOTO, "image/jpeg"), (SMALL, "image/png"))
    ],
    "rejections": [
        {"stage": "clean", "unit": "document", "unit_id": "dropped", "rule": "too_short"},
        {"stage": "clean", "unit": "image", "unit_id": id_of(SMALL), "rule": "too_small"},
    ],
}


# Of a path with a bracket DuckDB reads no file itself, as of one on an object store.
@pytest.fixture(scope="session", params=["dataset", "data[set]"])
def dataset(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    place = str(tmp_path_factory.mktemp("export") / request.param)
    versions = {}
    for name, rows in _ROWS.items():
        part = tables.write_part(place, name, "made-0", table_of(name, rows))
        versions[name] = tables.commit(place, name, "made", [part], f"made/{name}")
    record_build(
        place,
        Build(
            build_id="b1",
            parent=None,
            stage="build",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            recipe='{"name": "small"}',
            code_version="1",
            tables=versions,
        ),
    )
    return place
