import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import LooseleafError
from storage.shards import (
    RaggedBatch,
    ShardDocument,
    ShardReader,
    ShardSpec,
    open_shards,
    write_shards,
    writer,
)

SPEC = ShardSpec(
    "b1", pixel_width=3, word_width=2, text_width=4, encoders={"pixels": "patch"}, settings={"a": 1}
)
SIZES = [(2, 3), (0, 4), (3, 0), (0, 0), (1, 1), (5, 2), (2, 2), (4, 1), (1, 6), (3, 3), (2, 1), (1, 2)]


def make_document(
    number: int, images: int, texts: int, split: str = "train", links: bool = False
) -> ShardDocument:
    random = np.random.default_rng(number)
    return ShardDocument(
        doc_id=f"d{number}",
        group_id=f"g{number}",
        source="s",
        family=f"f{number // 2}",
        split=split,
        image_position=list(range(images)),
        image_id=[f"d{number}-{image}" for image in range(images)],
        image_name=[f"name {image}" for image in range(images)],
        image_section=[image % 2 for image in range(images)],
        text_position=list(range(images, images + texts)),
        text=[f"text {number} {text} é" for text in range(texts)],
        text_section=[text % 2 for text in range(texts)],
        caption_of=[0 if images and text == 0 else -1 for text in range(texts)],
        prior=random.random((images, texts), np.float32),
        image_bytes=[random.bytes(int(random.integers(0, 50))) for _ in range(images)],
        pixels=random.random((images, 3), np.float32),
        words=random.random((images, 2), np.float32),
        text_features=random.random((texts, 4), np.float32),
        picture_words=[f"axis {number} {image}" for image in range(images)] if number % 3 else (),
        text_title=[f"title {number} {text % 2}" for text in range(texts)] if number % 2 else (),
        language=("en", "de", None)[number % 3],
        link=np.eye(images, texts, dtype=np.int8) if links else None,
    )


DOCUMENTS = [
    make_document(number, images, texts, "train" if number < 8 else "test", links=number in (0, 5))
    for number, (images, texts) in enumerate(SIZES)
]
BLOCKS = [DOCUMENTS[start : start + 4] for start in range(0, 12, 4)]


@pytest.fixture(scope="module", params=[1, 1 << 30], ids=["many files", "one file"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ShardReader:
    folder = str(tmp_path_factory.mktemp("shards"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_BATCH_BYTES", request.param)
        patch.setattr(writer, "_FILE_BYTES", request.param)
        write_shards(folder, BLOCKS, SPEC)
    return open_shards(folder)


def _check_equal(batch: RaggedBatch, documents: Sequence[ShardDocument]) -> None:
    assert batch.doc_ids == [document.doc_id for document in documents]
    assert batch.families == [document.family for document in documents]
    assert batch.texts == [text for document in documents for text in document.text]
    assert batch.image_names == [name for document in documents for name in document.image_name]
    assert [bytes(view) for view in batch.image_bytes] == [
        data for doc in documents for data in doc.image_bytes
    ]
    assert [bytes(view).decode() for view in batch.text_bytes] == batch.texts
    assert len(batch.image_bytes) == batch.image_offsets[-1]
    known = any(document.link is not None for document in documents)
    assert batch.link.size == (batch.prior.size if known else 0)
    for row, document in enumerate(documents):
        images = slice(*batch.image_offsets[row : row + 2])
        texts = slice(*batch.text_offsets[row : row + 2])
        pairs = slice(*batch.prior_offsets[row : row + 2])
        np.testing.assert_array_equal(batch.pixels[images], document.pixels)
        np.testing.assert_array_equal(batch.words[images], document.words)
        np.testing.assert_array_equal(batch.text_features[texts], document.text_features)
        np.testing.assert_array_equal(batch.image_section[images], document.image_section)
        np.testing.assert_array_equal(batch.text_section[texts], document.text_section)
        np.testing.assert_array_equal(batch.caption_of[texts], document.caption_of)
        np.testing.assert_array_equal(batch.prior[pairs].reshape(document.prior.shape), document.prior)
        assert batch.has_links[row] == (document.link is not None)
        if document.link is not None:
            np.testing.assert_array_equal(batch.link[pairs].reshape(document.link.shape), document.link)


@given(st.lists(st.integers(0, len(DOCUMENTS) - 1), max_size=20))
def test_any_choice_of_documents_comes_as_it_was_written(reader: ShardReader, numbers: list[int]) -> None:
    _check_equal(reader.batch(np.array(numbers)), [DOCUMENTS[number] for number in numbers])


def test_blocks_come_as_they_were_written(reader: ShardReader) -> None:
    for number, block in enumerate(BLOCKS):
        _check_equal(reader.block(number), block)


def test_a_block_is_a_view_of_the_memory_map(reader: ShardReader) -> None:
    pixels, raw = reader.block(1).pixels, reader.block(1).image_bytes[0]
    assert not pixels.flags.owndata
    assert not pixels.flags.writeable
    assert np.shares_memory(pixels, reader.block(1).pixels)
    assert np.shares_memory(raw, reader.block(1).image_bytes[0])
    before = pa.total_allocated_bytes()
    batch = reader.block(1)
    assert batch.prior.size > 0
    assert pa.total_allocated_bytes() == before


def test_splits_and_index_say_what_was_written(reader: ShardReader) -> None:
    assert len(reader) == len(DOCUMENTS)
    assert reader.index.spec == SPEC
    assert reader.index.documents == {"train": 8, "valid": 0, "test": 4}
    assert reader.index.blocks == {"train": 2, "valid": 0, "test": 1}
    assert reader.documents_of("test").tolist() == [8, 9, 10, 11]
    assert reader.blocks_of("train").tolist() == [0, 1]
    assert reader.block_offsets.tolist() == [0, 4, 8, 12]


def test_nothing_is_a_valid_folder_of_shards(tmp_path: Path) -> None:
    write_shards(str(tmp_path), [], SPEC)
    reader = open_shards(str(tmp_path))
    assert len(reader) == 0
    assert reader.batch([]).pixels.shape == (0, 3)
    assert reader.blocks_of("train").size == 0
    assert reader.batch([]).texts == []


def test_shards_without_bytes_or_features(tmp_path: Path) -> None:
    bare = ShardDocument(
        "d", "g", "s", "f", "train", [0], ["i"], ["n"], [0], [1], ["t"], [0], [0], np.ones((1, 1))
    )
    write_shards(str(tmp_path), [[bare]], ShardSpec("b"))
    batch = open_shards(str(tmp_path)).block(0)
    assert batch.pixels.shape == (1, 0)
    assert len(batch.image_bytes) == 0
    assert batch.prior.tolist() == [1.0]


def test_remote_shards_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    write_shards("memory://bucket/shards", BLOCKS, SPEC)
    for _ in range(2):
        _check_equal(open_shards("memory://bucket/shards").batch([9, 1]), [DOCUMENTS[9], DOCUMENTS[1]])
    assert len(list((tmp_path / "looseleaf" / "shards").iterdir())) == 1


def test_a_missing_document_or_folder_is_named(reader: ShardReader, tmp_path: Path) -> None:
    with pytest.raises(IndexError, match="12"):
        reader.batch([0, 12])
    with pytest.raises(LooseleafError, match="no shards"):
        open_shards(str(tmp_path))


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split"):
        write_shards(str(tmp_path), [[DOCUMENTS[0], DOCUMENTS[11]]], SPEC)
    with pytest.raises(ValueError, match="pixels of document d0"):
        write_shards(
            str(tmp_path), [[DOCUMENTS[0]]], ShardSpec("b", pixel_width=4, word_width=2, text_width=4)
        )


def test_what_later_versions_added_comes_back_and_old_shards_have_none(tmp_path: Path) -> None:
    folder = str(tmp_path)
    write_shards(folder, BLOCKS, SPEC)
    batch = open_shards(folder).batch(range(len(DOCUMENTS)))
    expected = [list(document.picture_words) or [""] * len(document.image_id) for document in DOCUMENTS]
    assert batch.picture_words == [words for document in expected for words in document]
    assert batch.languages == [document.language for document in DOCUMENTS]
    titles = [list(document.text_title) or [""] * len(document.text) for document in DOCUMENTS]
    assert batch.text_titles == [title for document in titles for title in document]
    # As version 1 wrote them: without the columns, and without a version in the index.
    for file in tmp_path.glob("*.arrow"):
        table = pa.ipc.open_file(file.read_bytes()).read_all()
        table = table.drop_columns(["picture_words", "language", "text_title"])
        with pa.ipc.new_file(str(file), table.schema) as sink:
            sink.write_table(table)
    index = json.loads((tmp_path / "index.json").read_text())
    del index["version"]
    (tmp_path / "index.json").write_text(json.dumps(index))
    old = open_shards(folder)
    assert old.index.version == 1
    batch = old.batch([5, 0])
    assert batch.picture_words == [""] * len(batch.image_names)
    assert batch.languages == [None, None]
    assert batch.text_titles == [""] * len(batch.texts)
    assert batch.texts == [*DOCUMENTS[5].text, *DOCUMENTS[0].text]


def test_shards_of_a_later_version_are_a_named_error(tmp_path: Path) -> None:
    write_shards(str(tmp_path), BLOCKS, SPEC)
    index = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps({**index, "version": 99}))
    with pytest.raises(LooseleafError, match="version 99"):
        open_shards(str(tmp_path))
