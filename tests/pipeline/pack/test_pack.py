from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.mine.stage import NEGATIVES
from pipeline.pack.pack import pack
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.errors import LooseleafError
from storage.shards import open_shards
from storage.tables import read
from tests.pipeline.mine.corpus import WIDTH, random_corpus, write

SETTINGS = {"block_documents": 4, "test_fraction": 0.3, "valid_fraction": 0.1}


def mined(folder: Path, documents: int = 60, **settings: Any) -> Context:
    pack_settings = {**SETTINGS, **settings}
    mine_settings = {"top_k": 3, "text_jaccard": 0.9}
    context = random_corpus(folder, 1, documents, images=600, mine=mine_settings, pack=pack_settings)
    groups = [row for row in read(context.dataset, "groups").to_pylist() if row["kind"] == "document"]
    full = next(row for row in groups if row["images"] and row["texts"])
    link = {"doc_id": full["doc_id"], "image": full["images"][0], "text": full["texts"][-1]}
    write(context.dataset, "links", [[link]])
    run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    return context


def test_shards_hold_what_the_tables_hold(tmp_path: Path) -> None:
    context = mined(tmp_path, include_bytes=True)
    seen: list[int] = []
    packed = pack(context.dataset, context.recipe, progress=lambda done, total: seen.append(done))
    reader = open_shards(packed.url)
    groups = {
        row["group_id"]: row
        for row in read(context.dataset, "groups").to_pylist()
        if row["kind"] == "document" and row["images"] and row["texts"]
    }
    elements = {(r["doc_id"], r["position"]): r for r in read(context.dataset, "elements").to_pylist()}
    vectors = {
        (r["modality"], r["image_id"] or (r["doc_id"], r["position"])): r["vector"]
        for r in read(context.dataset, "embeddings").to_pylist()
    }
    links = {(row["doc_id"], row["image"], row["text"]) for row in read(context.dataset, "links").to_pylist()}
    assert len(reader) == len(groups) == seen[-1]
    found: set[str] = set()
    for number in range(len(reader)):
        batch = reader.batch([number])
        (group_id,), (doc_id,) = batch.group_ids, batch.doc_ids
        group = groups[group_id]
        found.add(group_id)
        assert batch.image_position.tolist() == group["images"]
        assert batch.text_position.tolist() == group["texts"]
        assert batch.image_ids == [elements[doc_id, p]["image_id"] for p in group["images"]]
        assert batch.texts == [elements[doc_id, p]["text"] for p in group["texts"]]
        assert [bytes(b).decode() for b in batch.image_bytes] == batch.image_ids
        assert batch.image_names == ["image a plot"] * len(group["images"])
        np.testing.assert_array_equal(batch.prior, np.array(group["prior"], np.float32))
        for row, position in enumerate(group["images"]):
            np.testing.assert_allclose(batch.words[row], vectors["words", (doc_id, position)], rtol=1e-6)
            image_id = elements[doc_id, position]["image_id"]
            np.testing.assert_allclose(batch.pixels[row], vectors["pixels", image_id], rtol=1e-6)
        paths = [elements[doc_id, position]["section_path"] for position in group["texts"]]
        assert batch.text_titles == [path[-1] if path else "" for path in paths]
        for row, position in enumerate(group["texts"]):
            np.testing.assert_allclose(
                batch.text_features[row], vectors["text", (doc_id, position)], rtol=1e-6
            )
        known = [(doc_id, i, t) in links for i in group["images"] for t in group["texts"]]
        assert batch.has_links.tolist() == [any(known)]
        if any(known):
            assert batch.link.tolist() == known
    assert found == groups.keys()
    assert (reader.index.spec.pixel_width, reader.index.spec.word_width) == (WIDTH, WIDTH)


def test_families_and_images_stay_in_one_split_and_negatives_meet(tmp_path: Path) -> None:
    context = mined(tmp_path)
    packed = pack(context.dataset, context.recipe)
    reader = open_shards(packed.url)
    splits: dict[object, set[str]] = {}
    for number, split in enumerate(reader.splits.tolist()):
        batch = reader.batch([number])
        for thing in (*batch.families, *batch.image_ids):
            splits.setdefault(thing, set()).add(split)
        assert len(batch.image_bytes) == 0
    assert all(len(found) == 1 for found in splits.values())
    assert set(reader.splits.tolist()) == {"train", "valid", "test"}
    settings = packed.index.spec.settings
    assert settings["share_of_negatives_that_meet"] > settings["share_that_would_by_chance"]
    kinds = [row for row in read(context.dataset, "groups").to_pylist() if row["kind"] == "document"]
    assert sum(settings["left_out"].values()) + len(reader) == len(kinds)
    assert max(np.diff(reader.block_offsets)) <= 4


def test_packing_is_deterministic_and_done_once(tmp_path: Path) -> None:
    context = mined(tmp_path, documents=20)
    first = pack(context.dataset, context.recipe)
    assert Path(first.url).parent == Path(context.dataset) / "shards"
    files = sorted(Path(first.url).iterdir())
    content = [file.read_bytes() for file in files]
    before = [file.stat().st_mtime_ns for file in files]
    assert pack(context.dataset, context.recipe).index == first.index
    assert [file.stat().st_mtime_ns for file in files] == before
    elsewhere = pack(context.dataset, context.recipe, out_url=str(tmp_path / "elsewhere"))
    assert [file.read_bytes() for file in sorted(Path(elsewhere.url).iterdir())] == content


def test_without_vectors_shards_have_no_features(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 3, 8, mine={"text_encoder": "other", "image_encoder": "other"})
    packed = pack(context.dataset, context.recipe)
    assert (packed.index.spec.pixel_width, packed.index.spec.text_width) == (0, 0)
    assert packed.index.spec.settings["share_of_negatives_that_meet"] is None


def test_nothing_to_pack_is_one_sentence(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0, documents=0)
    with pytest.raises(LooseleafError, match="no kept document has both"):
        pack(context.dataset, context.recipe)


def test_words_read_in_pictures_are_packed_in_their_order(tmp_path: Path) -> None:
    context = mined(tmp_path, documents=20)
    elements = read(context.dataset, "elements").to_pylist()
    shown = next(row["image_id"] for row in elements if row["image_id"])
    read_words = {shown: ["von", "Mises", "12.5"], "not shown": ["mesh"]}
    rows: list[dict[str, object]] = [
        {"image_id": image_id, "index": index, "text": word}
        for image_id, words in read_words.items()
        for index, word in reversed(list(enumerate(words)))
    ]
    write(context.dataset, "image_words", [rows], stage="words")
    reader = open_shards(pack(context.dataset, context.recipe).url)
    batch = reader.batch(range(len(reader)))
    assert batch.picture_words == [" ".join(read_words.get(name, [])) for name in batch.image_ids]
    assert shown in batch.image_ids


def test_tokens_are_packed_by_unit(tmp_path: Path) -> None:
    context = random_corpus(
        tmp_path, 1, 20, mine={"tokens": {"image": ["tiles", "patches"], "text": ["words"]}}, pack=SETTINGS
    )
    elements = read(context.dataset, "elements").to_pylist()
    rows: dict[tuple[str, str | tuple[str, int]], dict[str, Any]] = {}
    for row in elements[5:]:
        place = {"doc_id": row["doc_id"], "position": row["position"]}
        count = row["position"] % 3
        if row["image_id"]:
            unit = {"modality": "tiles_tokens", "image_id": row["image_id"], "encoder": "efficientnet-lite0"}
            rows["tiles", row["image_id"]] = {**unit, "vector": np.arange(4.0 * WIDTH).tolist()}
        else:
            unit = {"modality": "words_tokens", "encoder": "minilm", **place}
            rows["words", (row["doc_id"], row["position"])] = {
                **unit,
                "vector": [float(count)] * count * WIDTH,
            }
    write(context.dataset, "embeddings", [list(rows.values())], stage="tokens")
    reader = open_shards(pack(context.dataset, context.recipe).url)
    # Nothing was found of the patches.
    assert reader.index.spec.tokens == ("tiles", "words")
    packed = 0
    for number in range(len(reader)):
        batch = reader.batch([number])
        tiles, words = reader.tokens(batch, "tiles"), reader.tokens(batch, "words")
        assert tiles.counts.tolist() == [4 if ("tiles", name) in rows else 0 for name in batch.image_ids]
        places = [(batch.doc_ids[0], place) for place in batch.text_position.tolist()]
        assert words.counts.tolist() == [place[1] % 3 if ("words", place) in rows else 0 for place in places]
        assert (words.vectors == np.repeat(words.counts, words.counts)[:, None]).all()
        packed += len(words.vectors)
    assert packed > 0
