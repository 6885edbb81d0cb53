"""Whoever shows, searches or hands on stored images takes a drawing's raster."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from flows.report.thumbnails import SMALL, thumbnails
from flows.searching.query import picture
from pipeline.export.documents import stream_documents
from storage.errors import LooseleafError
from storage.queries import connect
from storage.schemas import table_of
from storage.tables import commit, write_part

DRAWING = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='200' height='100'><rect width='9' height='9'/></svg>"
)


def png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (200, 100), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(name="dataset")
def dataset_with_a_drawing(tmp_path: Path) -> str:
    dataset = str(tmp_path / "data")
    image = {"kind": "image", "image_id": "d", "image_url": "http://a.org/d.svg"}
    rows: dict[str, list[dict[str, object]]] = {
        "documents": [{"doc_id": "a", "source": "s", "uri": "http://a.org/"}],
        "elements": [
            {"doc_id": "a", "position": 0, "kind": "text", "text": "words"},
            {"doc_id": "a", "position": 1} | image,
        ],
        "images": [
            {"image_id": "d", "bytes": DRAWING, "raster": png(), "mime": "image/svg+xml", "width": 200}
            | {"height": 100, "size": len(DRAWING)}
        ],
    }
    for name, content in rows.items():
        commit(dataset, name, "t", [write_part(dataset, name, "t-1", table_of(name, content))], app_id="t")
    return dataset


def test_thumbnails(dataset: str) -> None:
    with connect(dataset) as sql:
        assert thumbnails(sql, ["d"], SMALL)["d"].startswith("data:image/")


def test_exports(dataset: str) -> None:
    (document,) = stream_documents(dataset, None)
    assert [(picture.data, picture.mime) for picture in document.pictures.values()] == [(png(), "image/png")]


def test_search(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(DRAWING)
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "broken.svg").write_bytes(b"<svg")
    assert picture(str(tmp_path / "a.svg")).startswith(b"\x89PNG")
    assert picture(str(tmp_path / "a.png")) == png()
    with pytest.raises(LooseleafError, match="cannot be drawn"):
        picture(str(tmp_path / "broken.svg"))
