"""A run as an encoder: stored features and new inputs land in one space."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from storage.schemas import EMBEDDINGS
from storage.shards import open_shards
from storage.tables import write_part
from tests.training.shard_samples import write_samples
from training.config import config_from
from training.data import usable_documents
from training.embed import embedding_rows
from training.loop import train_loop
from training.run_encoder import embed_run, encoder_name, load_run, project_file


def test_stored_features_in_the_runs_space(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24)
    train_loop(
        config_from({"steps": 3, "batch": {"documents": 8}}), shards, str(tmp_path / "run"), watch=False
    )
    trained = load_run(str(tmp_path / "run"))
    rows = pa.concat_tables(list(embed_run(str(tmp_path / "run"))))
    assert rows.schema == EMBEDDINGS
    assert set(rows["encoder"].to_pylist()) == {trained.name}
    reader = open_shards(shards)
    batch = reader.batch(np.concatenate([usable_documents(reader, s) for s in ("train", "valid", "test")]))
    vectors = {
        modality: np.array([row["vector"] for row in rows.to_pylist() if row["modality"] == modality])
        for modality in ("pixels", "words", "text")
    }
    np.testing.assert_allclose(vectors["pixels"], trained.project_pixels(batch.pixels), atol=1e-5)
    np.testing.assert_allclose(vectors["text"], trained.project_texts(batch.text_features), atol=1e-5)
    worded = batch.words[batch.words.any(axis=1)]
    np.testing.assert_allclose(vectors["words"], trained.project_words(worded), atol=1e-5)


def test_new_inputs_of_encoders_from_scratch(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24, with_bytes=True)
    config = config_from(
        {"steps": 1, "batch": {"documents": 8}, "encoders": {"image": "patch", "text": "tokens", "width": 32}}
    )
    train_loop(config, shards, str(tmp_path / "run"), watch=False)
    trained = load_run(str(tmp_path / "run"))
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), (200, 10, 10)).save(buffer, "PNG")
    images = trained.encode_images([buffer.getvalue()])
    texts = trained.encode_texts(["a plate with a hole", "heat"])
    assert images.shape[1] == texts.shape[1] == 32
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1.0, atol=1e-5)
    reader = open_shards(shards)
    first = reader.batch([0 if reader.batch([0]).image_ids else 1])
    rows = next(iter(embed_run(str(tmp_path / "run")))).to_pylist()
    stored = {row["image_id"]: row["vector"] for row in rows}
    encoded = trained.encode_images([first.image_bytes[0].tobytes()])[0]
    np.testing.assert_allclose(stored[first.image_ids[0]], encoded, atol=1e-5)


def test_rows_of_the_table_in_the_runs_space(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24)
    run = str(tmp_path / "run")
    train_loop(config_from({"steps": 2, "batch": {"documents": 8}}), shards, run, watch=False)
    batch = open_shards(shards).batch([2, 3])
    names = [f"{row}-{name}" for row, name in enumerate(batch.image_ids)]
    places = [("d", int(row)) for row in range(len(batch.text_features))]
    stored = [
        embedding_rows("pixels", "none", "1", batch.pixels, image_ids=names),
        embedding_rows("text", "none", "1", batch.text_features, places=places),
    ]
    part = write_part(str(tmp_path), "embeddings", "embed-0a", pa.concat_tables(stored))
    rows = project_file(run, str(tmp_path), part.path)
    trained = load_run(run)
    assert set(rows["encoder"].to_pylist()) == {encoder_name(run)} == {trained.name}
    assert set(rows["encoder_version"].to_pylist()) == {"step-2"}
    for modality, vectors, key in (
        ("pixels", trained.project_pixels(np.array(batch.pixels)), names),
        ("text", trained.project_texts(np.array(batch.text_features)), places),
    ):
        own = [row for row in rows.to_pylist() if row["modality"] == modality]
        found = [row["image_id"] or (row["doc_id"], row["position"]) for row in own]
        assert found == key
        np.testing.assert_allclose([row["vector"] for row in own], vectors, atol=1e-6)
