"""Each export is loaded by its own library and gives back the same documents, images and order."""

from __future__ import annotations

import io
import json
from pathlib import Path

import datasets
import mlcroissant
import pytest
import webdataset
from PIL import Image

from pipeline.export.export import FORMS, Form, export_dataset
from pipeline.export.obelics import BETWEEN
from storage.errors import LooseleafError
from tests.pipeline.export.conftest import CONTENT, PHOTO, SHARED, id_of

PLACES_OF_IMAGES = 4


def export(dataset: str, form: Form, folder: Path) -> Path:
    done = export_dataset(dataset, form, str(folder))
    assert (done.documents, done.images) == (len(CONTENT), PLACES_OF_IMAGES)
    assert done.files == sum(path.is_file() for path in folder.rglob("*"))
    return folder


def joined(content: list[str | bytes]) -> list[str | bytes]:
    """Return the content with neighbouring texts as one, as OBELICS has them."""
    out: list[str | bytes] = []
    for part in content:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] = f"{out[-1]}{BETWEEN}{part}"
        else:
            out.append(part)
    return out


def load(folder: Path, cache: Path) -> datasets.Dataset:
    return datasets.load_dataset(str(folder), split="train", cache_dir=str(cache))


def test_obelics(dataset: str, tmp_path: Path) -> None:
    folder = export(dataset, "obelics", tmp_path / "out")
    rows = load(folder, tmp_path / "cache")
    assert rows.column_names == ["images", "metadata", "general_metadata", "texts"]
    found: dict[str, list[str | bytes]] = {}
    for row in rows:
        metadata, general = json.loads(row["metadata"]), json.loads(row["general_metadata"])
        assert len(row["images"]) == len(row["texts"]) == len(metadata)
        content: list[str | bytes] = []
        for image, text, about in zip(row["images"], row["texts"], metadata, strict=True):
            assert (image is None) != (text is None)
            assert (about is None) == (image is None)
            content.append(text if image is None else (folder / about["file"]).read_bytes())
        found[general["doc_id"]] = content
    assert found == {doc_id: joined(content) for doc_id, content in CONTENT.items()}
    first = rows[0]
    assert first["images"][1] == "https://x.org/shared.png"
    assert first["images"][3] == f"images/{id_of(PHOTO)}.jpg"
    assert json.loads(first["metadata"])[1]["alt_text"] == "a shared one"
    assert json.loads(first["general_metadata"])["url"] == "https://x.org/a"
    assert len(list((folder / "images").iterdir())) == 2


def test_mmc4(dataset: str, tmp_path: Path) -> None:
    folder = export(dataset, "mmc4", tmp_path / "out")
    (shard,) = folder.glob("*.jsonl")
    found: dict[str, list[str | bytes]] = {}
    for line in shard.read_text().splitlines():
        row = json.loads(line)
        matrix = row["similarity_matrix"]
        assert [len(matrix), *map(len, matrix)] == [
            len(row["image_info"]),
            *[len(row["text_list"])] * len(row["image_info"]),
        ]
        # As readers of MMC4 interleave: an image stands before the text that it is matched with.
        content: list[str | bytes] = []
        for index, text in enumerate(row["text_list"]):
            content += [
                (folder / "images" / info["image_name"]).read_bytes()
                for info in row["image_info"]
                if info["matched_text_index"] == index
            ]
            content.append(text)
        found[row["doc_id"]] = [part for part in content if part != ""]
    assert found == CONTENT


def test_webdataset(dataset: str, tmp_path: Path) -> None:
    folder = export(dataset, "webdataset", tmp_path / "out")
    (tar,) = folder.glob("*.tar")
    found: dict[str, list[str | bytes]] = {}
    for sample in webdataset.WebDataset(str(tar), shardshuffle=False):
        about = json.loads(sample["json"])
        assert sample["__key__"] == about["doc_id"]
        content = [
            sample[element["file"]] if element["kind"] == "image" else element["text"]
            for element in about["elements"]
        ]
        found[about["doc_id"]] = content
    assert found == CONTENT


def test_huggingface(dataset: str, tmp_path: Path) -> None:
    folder = export(dataset, "huggingface", tmp_path / "out")
    rows = load(folder, tmp_path / "cache")
    assert isinstance(rows[0]["images"][0], Image.Image)
    raw = rows.cast_column("images", datasets.List(datasets.Image(decode=False)))
    found: dict[str, list[str | bytes]] = {}
    for row in raw:
        content = [
            text if index < 0 else row["images"][index]["bytes"]
            for text, index in zip(row["texts"], row["image_index"], strict=True)
        ]
        found[row["doc_id"]] = content
        assert len(row["kinds"]) == len(row["texts"]) == len(row["sections"]) == len(row["alts"])
    assert found == CONTENT
    first = raw[0]
    assert first["caption_of"] == [-1, -1, 1, -1, -1]
    assert (first["license"], first["family"], first["language"]) == ("Apache-2.0", "f", "de")
    card = (folder / "README.md").read_text()
    assert "license: apache-2.0" in card
    assert "3 documents in which 4 pictures" in card


def test_croissant_is_valid_and_gives_the_records(dataset: str, tmp_path: Path) -> None:
    folder = export(dataset, "huggingface", tmp_path / "out")
    metadata = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not metadata.metadata.issues.errors
    # Who is to be cited is for the dataset's owner to say.
    assert all("citeAs" in warning for warning in metadata.metadata.issues.warnings)
    records = list(metadata.records("documents"))
    assert [record["documents/doc_id"].decode() for record in records] == list(CONTENT)
    for record in records:
        texts = [text for text in record["documents/texts"] if text is not None]
        pictures = [part for part in CONTENT[record["documents/doc_id"].decode()] if isinstance(part, bytes)]
        assert len(record["documents/images"]) == len(pictures)
        assert all(isinstance(image, Image.Image) for image in record["documents/images"])
        assert [t.decode() if isinstance(t, bytes) else t for t in texts] == [
            part for part in CONTENT[record["documents/doc_id"].decode()] if isinstance(part, str)
        ]


def test_an_export_is_the_same_each_time(dataset: str, tmp_path: Path) -> None:
    for form in FORMS:
        one, two = (export(dataset, form, tmp_path / f"{form}{n}") for n in (1, 2))
        assert {path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()} == {
            path.relative_to(two): path.read_bytes() for path in two.rglob("*") if path.is_file()
        }


def test_a_folder_with_something_in_it_is_refused(dataset: str, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(LooseleafError, match="not empty"):
        export_dataset(dataset, "mmc4", str(tmp_path))
    assert (tmp_path / "note").read_text() == "mine"


def test_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="no dataset"):
        export_dataset(str(tmp_path / "nothing"), "mmc4", str(tmp_path / "out"))


def test_pictures_are_whole(dataset: str, tmp_path: Path) -> None:
    folder = export(dataset, "obelics", tmp_path / "out")
    data = (folder / "images" / f"{id_of(SHARED)}.png").read_bytes()
    assert Image.open(io.BytesIO(data)).size == (12, 8)
