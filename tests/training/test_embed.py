"""The embed stage: what is planned, that chunks are pure, and that bad images are rejected."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from storage.errors import LooseleafError
from storage.schemas import EMBEDDINGS, REJECTIONS, table_of
from storage.tables import commit, write_part
from training import embed
from training.embed import EmbedSettings, embed_chunk, plan_embeddings
from training.encoders.load import load_image_encoder, load_text_encoder


def _picture(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 80, 200 - shade)).save(buffer, "PNG")
    return buffer.getvalue()


def _write(dataset: str, table: str, rows: list[dict[str, object]]) -> None:
    part = write_part(dataset, table, f"test-{'ab' * 8}", table_of(table, rows))
    commit(dataset, table, "test", [part], app_id=f"b/{table}")


def _text(doc_id: str, position: int, text: str) -> dict[str, object]:
    return {"doc_id": doc_id, "position": position, "kind": "text", "text": text}


def _image(doc_id: str, position: int, image_id: str, url: str) -> dict[str, object]:
    return {
        "doc_id": doc_id,
        "position": position,
        "kind": "image",
        "image_id": image_id,
        "image_url": url,
    }


def _group(doc_id: str, kind: str, images: list[int], texts: list[int]) -> dict[str, object]:
    return {"group_id": doc_id + kind, "kind": kind, "doc_id": doc_id, "images": images, "texts": texts}


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    """Two documents with images and texts, one without images; one image stands twice, one is broken."""
    root = str(tmp_path / "dataset")
    pictures = {hashlib.sha256(data).hexdigest(): data for data in (_picture(10), _picture(90), b"broken")}
    ids = list(pictures)
    places = {
        "a": [(1, ids[0], "plots/heat_flux.png"), (3, ids[1], "x#inline-3")],
        "b": [(1, ids[0], "b.png"), (2, ids[2], "c.png")],
    }
    elements: list[dict[str, object]] = []
    groups: list[dict[str, object]] = []
    for doc_id in "abc":
        images = places.get(doc_id, [])
        elements += [_text(doc_id, position, f"text {position} of {doc_id}") for position in (0, 5, 6)]
        elements += [_image(doc_id, *place) for place in images]
        elements += [_text(doc_id, 9, "of no whole document")]
        positions = [position for position, _, _ in images]
        groups += [_group(doc_id, "document", positions, [0, 5, 6]), _group(doc_id, "window", positions, [9])]
    _write(root, "elements", elements)
    _write(root, "groups", groups)
    _write(root, "images", [{"image_id": name, "bytes": data} for name, data in pictures.items()])
    return root


def _run(dataset: str) -> tuple[pa.Table, pa.Table]:
    chunks = plan_embeddings(dataset, EmbedSettings())
    outputs = [embed_chunk(dataset, json.loads(json.dumps(chunk))) for chunk in chunks]
    rejections = [output["rejections"] for output in outputs if "rejections" in output]
    return (
        pa.concat_tables([output["embeddings"] for output in outputs]),
        pa.concat_tables([REJECTIONS.empty_table(), *rejections]),
    )


def test_each_unit_is_encoded_once_and_right(dataset: str) -> None:
    rows, rejections = _run(dataset)
    assert rows.schema == EMBEDDINGS
    by_kind: dict[str, list[dict[str, object]]] = {}
    for row in rows.to_pylist():
        by_kind.setdefault(str(row["modality"]), []).append(row)
    assert {kind: len(found) for kind, found in by_kind.items()} == {"pixels": 2, "words": 3, "text": 6}
    text = load_text_encoder("minilm")
    for row in by_kind["text"]:
        expected = text.encode([f"text {row['position']} of {row['doc_id']}"])[0]
        np.testing.assert_allclose(np.array(row["vector"]), expected, atol=1e-5)
    worded = {(row["doc_id"], row["position"]) for row in by_kind["words"]}
    assert worded == {("a", 1), ("b", 1), ("b", 2)}
    first = next(row for row in by_kind["words"] if (row["doc_id"], row["position"]) == ("a", 1))
    np.testing.assert_allclose(np.array(first["vector"]), text.encode(["heat flux"])[0], atol=1e-5)
    image = load_image_encoder("efficientnet-lite0")
    pictures = [_picture(10), _picture(90)]
    expected = {hashlib.sha256(data).hexdigest(): image.encode([data])[0] for data in pictures}
    for row in by_kind["pixels"]:
        assert row["encoder_version"] == image.version
        np.testing.assert_allclose(np.array(row["vector"]), expected[str(row["image_id"])], atol=1e-3)
    assert rejections["unit_id"].to_pylist() == [hashlib.sha256(b"broken").hexdigest()]
    assert rejections["rule"].to_pylist() == ["undecodable"]


def test_a_dataset_that_moved_has_the_same_chunks(dataset: str, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(dataset, moved)
    settings = EmbedSettings()
    assert list(plan_embeddings(dataset, settings)) == list(plan_embeddings(str(moved), settings))


def test_an_empty_dataset_needs_nothing(tmp_path: Path) -> None:
    assert list(plan_embeddings(str(tmp_path), EmbedSettings())) == []


def test_many_texts_make_several_chunks(tmp_path: Path) -> None:
    root = str(tmp_path)
    texts = list(range(1, 601))
    elements = [_text("a", position, "t") for position in texts]
    _write(root, "elements", [*elements, _image("a", 0, "i", "u.png")])
    _write(root, "groups", [_group("a", "document", [0], texts)])
    chunks = [chunk for chunk in plan_embeddings(root, EmbedSettings()) if chunk["modality"] == "text"]
    assert [len(positions) for chunk in chunks for _, positions in chunk["units"]] == [256, 256, 88]


def test_a_document_of_several_groups_is_encoded_whole(tmp_path: Path) -> None:
    root = str(tmp_path)
    _write(root, "elements", [_text("a", 1, "one"), _text("a", 2, "two"), _image("a", 0, "i", "u.png")])
    groups = [_group("a", "document", [0], [1]), _group("a", "document", [0], [2])]
    _write(root, "groups", groups)
    chunks = [chunk for chunk in plan_embeddings(root, EmbedSettings()) if chunk["modality"] == "text"]
    assert [positions for chunk in chunks for _, positions in chunk["units"]] == [[1, 2]]


def test_a_drawing_is_encoded_by_its_raster(tmp_path: Path) -> None:
    root = str(tmp_path / "drawing")
    _write(root, "elements", [_text("a", 0, "words"), _image("a", 1, "d", "d.svg")])
    _write(root, "groups", [_group("a", "document", [1], [0])])
    _write(root, "images", [{"image_id": "d", "bytes": b"<svg/>", "raster": _picture(10)}])
    rows, rejections = _run(root)
    (vector,) = [row["vector"] for row in rows.to_pylist() if row["modality"] == "pixels"]
    expected = load_image_encoder("efficientnet-lite0").encode([_picture(10)])[0]
    np.testing.assert_allclose(np.array(vector), expected, atol=1e-3)
    assert rejections.num_rows == 0


def test_tokens_are_kept_beside_vectors_where_they_are_asked_for(dataset: str) -> None:
    settings = EmbedSettings(image_tokens=("tiles",), text_tokens=("sentences", "words"))
    chunks = [json.loads(json.dumps(chunk)) for chunk in plan_embeddings(dataset, settings)]
    rows = pa.concat_tables([embed_chunk(dataset, chunk)["embeddings"] for chunk in chunks]).to_pylist()
    plain = _run(dataset)[0].to_pylist()
    names = ("modality", "image_id", "doc_id", "position")
    by_unit = {tuple(row[name] for name in names): np.array(row["vector"]) for row in rows}
    assert len(rows) == len(by_unit) == len(plain) + 2 + 2 * 6
    for row in plain:
        unit = [row[name] for name in names]
        np.testing.assert_allclose(by_unit[tuple(unit)], np.array(row["vector"]), atol=1e-5)
        if row["modality"] == "pixels":
            tiles = by_unit["tiles_tokens", *unit[1:]].reshape(4, 1280)
            # A quarter of a picture of one colour sees more of its edge than the whole does.
            assert np.corrcoef(tiles.mean(0), np.array(row["vector"]))[0, 1] > 0.95
        if row["modality"] == "text":
            np.testing.assert_allclose(
                by_unit["sentences_tokens", *unit[1:]], np.array(row["vector"]), atol=1e-5
            )
            assert len(by_unit["words_tokens", *unit[1:]]) == 4 * 384
    words = [chunk for chunk in chunks if chunk["modality"] == "words"]
    assert words == [
        chunk for chunk in plan_embeddings(dataset, EmbedSettings()) if chunk["modality"] == "words"
    ]


def test_an_encoder_without_tokens_is_named(dataset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        name, version, width = "plain", "1", 3

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.zeros((len(texts), 3), np.float32)

    monkeypatch.setattr(embed, "load_text_encoder", lambda _name: Plain())
    settings = EmbedSettings(text_tokens=("words",))
    chunk = next(chunk for chunk in plan_embeddings(dataset, settings) if chunk["modality"] == "text")
    with pytest.raises(LooseleafError, match=r"gives no tokens, which `mine.tokens` asks for"):
        embed_chunk(dataset, chunk)
