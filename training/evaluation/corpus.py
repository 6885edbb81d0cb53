"""The documents that a model is measured on, and their vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from storage.shards import ShardReader
from training.config import EncoderSettings
from training.data import load_whole
from training.heads.image import Parts
from training.metrics.pairs import offsets_of, own_pairs, set_ids
from training.metrics.problems import Layout
from training.model import UnalignedModel

PARTS: tuple[Parts, ...] = ("pixels", "words", "both")
#: Documents encoded at once.
_CHUNK = 16


@dataclass(frozen=True)
class Corpus:
    """B documents without their features: what is true of them, and how they are sliced."""

    documents: NDArray[np.int64]  # [B], within the reader
    sources: NDArray[np.str_]  # [B]
    languages: NDArray[np.str_]  # [B], ISO 639-1, empty where it is not known
    has_links: NDArray[np.bool_]  # [B], the true links are known
    layout: Layout
    link: NDArray[np.int8]  # [Σ M_b N_b]
    text_words: NDArray[np.int64]  # [ΣN]

    def select(self, chosen: NDArray[np.bool_]) -> Selection:
        """Return the documents where `chosen`, bool [B], is true."""
        layout = self.layout
        images = chosen[set_ids(layout.image_offsets)]
        texts = chosen[set_ids(layout.text_offsets)]
        pairs = chosen[own_pairs(layout.image_offsets, layout.text_offsets)[2]]
        smaller = replace(
            self,
            documents=self.documents[chosen],
            sources=self.sources[chosen],
            languages=self.languages[chosen],
            has_links=self.has_links[chosen],
            layout=Layout(
                offsets_of(np.diff(layout.image_offsets)[chosen]),
                offsets_of(np.diff(layout.text_offsets)[chosen]),
                layout.image_section[images],
                layout.text_section[texts],
                layout.caption_of[texts],
            ),
            link=self.link[pairs],
            text_words=self.text_words[texts],
        )
        return Selection(smaller, images, texts)


@dataclass(frozen=True)
class Selection:
    """Some documents of a corpus, and which of its images and texts they hold (bool masks)."""

    corpus: Corpus
    images: NDArray[np.bool_]
    texts: NDArray[np.bool_]


@dataclass(frozen=True)
class Vectors:
    """A corpus in the joint space."""

    images: dict[Parts, NDArray[np.float32]]  # [ΣM, d] for each choice of parts
    texts: NDArray[np.float32]  # [ΣN, d]


def read_corpus(reader: ShardReader, documents: NDArray[np.int64]) -> Corpus:
    """Return what is true of the given documents, [B]."""
    batch = reader.batch(documents)
    pairs = int(batch.prior_offsets[-1])
    return Corpus(
        documents=documents,
        sources=np.array(batch.sources, dtype=np.str_),
        languages=np.array([language or "" for language in batch.languages], dtype=np.str_),
        has_links=np.asarray(batch.has_links),
        layout=Layout(
            np.asarray(batch.image_offsets),
            np.asarray(batch.text_offsets),
            np.asarray(batch.image_section, dtype=np.int64),
            np.asarray(batch.text_section, dtype=np.int64),
            np.asarray(batch.caption_of, dtype=np.int64),
        ),
        link=np.asarray(batch.link) if len(batch.link) else np.zeros(pairs, np.int8),
        text_words=np.array([len(text.split()) for text in batch.texts], dtype=np.int64),
    )


@torch.inference_mode()
def encode_documents(
    model: UnalignedModel,
    reader: ShardReader,
    documents: NDArray[np.int64],
    encoders: EncoderSettings,
    parts: tuple[Parts, ...] = PARTS,
) -> Vectors:
    """Encode documents, some at a time; the model's mode is put back.

    Args:
        model: on its device.
        reader: the shards.
        documents: [B], within the reader.
        encoders: of the model.
        parts: what of an image is used, each choice in turn.
    """
    was_training = model.training
    model.eval()
    device = model.log_scale.device
    images: dict[Parts, list[NDArray[np.float32]]] = {part: [] for part in parts}
    texts: list[NDArray[np.float32]] = []
    for start in range(0, len(documents), _CHUNK):
        batch = load_whole(reader, documents[start : start + _CHUNK], encoders).to(device)
        for part in parts:
            encoded = model.encode(batch, part)
            images[part].append(encoded.images.cpu().numpy())
        texts.append(encoded.texts.cpu().numpy())
    model.train(was_training)
    empty = np.empty((0, model.config.text_width), np.float32)
    return Vectors(
        {part: np.concatenate([empty, *pieces]) for part, pieces in images.items()},
        np.concatenate([empty, *texts]),
    )
