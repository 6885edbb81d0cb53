"""A trained run as an encoder of its own: the joint space of stored features, of new images and new words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray

from storage.filesystem import arrow_filesystem, join
from storage.schemas import EMBEDDINGS
from storage.shards import ShardSpec, open_shards
from training.assemble import build_model
from training.checkpoint import load_model
from training.config import TrainConfig
from training.data import usable_documents
from training.embed import embedding_rows
from training.encoders.base import Vectors
from training.encoders.load import load_image_encoder, load_text_encoder
from training.encoders.patch import prepare_images
from training.encoders.tokens import prepare_texts
from training.evaluation.corpus import encode_documents
from training.model import UnalignedModel
from training.run_identity import run_config, run_identity

_DOCUMENTS = 64


@dataclass(frozen=True)
class RunModel:
    """A run's model at its latest checkpoint, and the locked encoders whose features it reads, by name."""

    run_id: str
    step: int
    config: TrainConfig
    model: UnalignedModel
    image_encoder: str
    text_encoder: str

    @property
    def name(self) -> str:
        """What the table `embeddings` calls it."""
        return _called(self.run_id)

    @torch.inference_mode()
    def encode_images(self, images: list[bytes]) -> Vectors:
        """Return unit vectors of the pixels of new images, [n, d].

        Raises:
            UndecodableImageError: if one of the images cannot be decoded.
        """
        if self.model.image_encoder is None:
            return self.project_pixels(load_image_encoder(self.image_encoder).encode(images))
        features = self.model.image_encoder(prepare_images(images, self.config.encoders.side))
        return self.project_pixels(features.numpy())

    @torch.inference_mode()
    def encode_texts(self, texts: list[str]) -> Vectors:
        """Return unit vectors of new texts, [n, d]."""
        if self.model.text_encoder is None:
            return self.project_texts(load_text_encoder(self.text_encoder).encode(texts))
        tokens = prepare_texts(texts, special=self.config.encoders.special_tokens)
        return self.project_texts(self.model.text_encoder(*tokens).numpy())

    @torch.inference_mode()
    def project_pixels(self, features: Vectors) -> Vectors:
        """Return unit vectors, [n, d], of an image encoder's features [n, Dp]."""
        return self.model.pixel_vectors(torch.from_numpy(features)).numpy()

    @torch.inference_mode()
    def project_words(self, features: Vectors) -> Vectors:
        """Return unit vectors, [n, d], of a text encoder's features of images' own words [n, Dt]."""
        return self.model.word_vectors(torch.from_numpy(features)).numpy()

    @torch.inference_mode()
    def project_texts(self, features: Vectors) -> Vectors:
        """Return unit vectors, [n, d], of a text encoder's features [n, Dt]."""
        return self.model.text_vectors(torch.from_numpy(features)).numpy()


def encoder_name(run: str) -> str:
    """Return what the table `embeddings` calls a run.

    Raises:
        LooseleafError: if the folder holds no run.
    """
    return _called(run_identity(run)["run_id"])


def _called(run_id: str) -> str:
    return f"run:{run_id}"


def load_run(run: str) -> RunModel:
    """Return a run's model at its latest checkpoint, on the CPU.

    Raises:
        LooseleafError: if the folder holds no run, or the run has no complete checkpoint.
    """
    config, identity = run_config(run), run_identity(run)
    widths, encoders = identity["widths"], identity["encoders"]
    spec = ShardSpec(
        identity["build_id"],
        widths["pixels"],
        widths["words"],
        widths["texts"],
        tokens=tuple(identity.get("tokens", ())),
    )
    model = build_model(config, spec)
    step = load_model(run, model)
    return RunModel(
        run_id=identity["run_id"],
        step=step,
        config=config,
        model=model.eval(),
        image_encoder=_encoder_name(encoders, "pixels"),
        text_encoder=_encoder_name(encoders, "text"),
    )


def embed_run(run: str, shards: str | None = None) -> Iterator[pa.Table]:
    """Give rows of the table `embeddings` in the run's space, some documents at a time.

    Args:
        run: a trained run; its encoder in the rows is `run:<id>`, its version the step.
        shards: the packed shards; by default those that it was trained on.

    Yields:
        Rows of `pixels` (each `image_id` once), of `words` (images that have some) and of `text`.

    Raises:
        LooseleafError: if the run has no checkpoint, or there are no shards.
    """
    trained = load_run(run)
    reader = open_shards(shards or run_identity(run)["shards"])
    version = f"step-{trained.step}"
    seen: set[str] = set()
    documents = np.concatenate([usable_documents(reader, split) for split in ("train", "valid", "test")])
    for start in range(0, len(documents), _DOCUMENTS):
        chunk = documents[start : start + _DOCUMENTS]
        batch = reader.batch(chunk)
        vectors = encode_documents(trained.model, reader, chunk, trained.config.encoders, ("pixels", "words"))
        fresh = {image_id: row for row, image_id in enumerate(batch.image_ids) if image_id not in seen}
        seen.update(fresh)
        pixels = vectors.images["pixels"][list(fresh.values())]
        yield embedding_rows("pixels", trained.name, version, pixels, image_ids=list(fresh))
        places = _places(batch.doc_ids, batch.image_offsets, batch.image_position)
        worded = np.flatnonzero(vectors.images["words"].any(axis=1)).tolist()
        yield embedding_rows(
            "words",
            trained.name,
            version,
            vectors.images["words"][worded],
            places=[places[index] for index in worded],
        )
        places = _places(batch.doc_ids, batch.text_offsets, batch.text_position)
        yield embedding_rows("text", trained.name, version, vectors.texts, places=places)


def project_file(run: str, dataset: str, name: str) -> pa.Table:
    """Return the rows of a file of the table `embeddings`, by locked encoders, in the space of a run.

    Args:
        run: a trained run, which reads these encoders' features.
        dataset: path or URL.
        name: of the file.

    Raises:
        LooseleafError: if the run has no checkpoint.
    """
    trained = load_run(run)
    projected = {
        "pixels": trained.project_pixels,
        "words": trained.project_words,
        "text": trained.project_texts,
    }
    filesystem, path = arrow_filesystem(join(dataset, "embeddings", name))
    rows = pq.read_table(path, filesystem=filesystem).combine_chunks()
    parts = [EMBEDDINGS.empty_table()]
    for modality, project in projected.items():
        own = rows.filter(pc.field("modality") == modality)
        if own.num_rows:
            flat = pc.list_flatten(own["vector"]).to_numpy().astype(np.float32)
            places = zip(own["doc_id"].to_pylist(), own["position"].to_pylist(), strict=True)
            parts.append(
                embedding_rows(
                    modality,
                    trained.name,
                    f"step-{trained.step}",
                    project(flat.reshape(own.num_rows, -1)),
                    image_ids=own["image_id"].to_pylist() if modality == "pixels" else None,
                    places=None if modality == "pixels" else list(places),
                )
            )
    return pa.concat_tables(parts)


def _places(
    doc_ids: list[str], offsets: NDArray[np.int64], positions: NDArray[np.int32]
) -> list[tuple[str, int]]:
    owners = np.repeat(np.arange(len(doc_ids)), np.diff(offsets)).tolist()
    return [(doc_ids[owner], int(place)) for owner, place in zip(owners, positions.tolist(), strict=True)]


def _encoder_name(encoders: dict[str, str], modality: str) -> str:
    """Return the name of `name version`, as the shards' index has it; empty where nothing was packed."""
    return encoders.get(modality, "").partition(" ")[0]
