"""A batch of documents on a device: images and texts packed flat, with offsets; nothing is padded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storage.shards import RaggedBatch
from training import ragged
from training.chance import key_of
from training.encoders.spans import Spans
from training.unit_tokens import UnitTokens, joined


@dataclass(frozen=True)
class TensorBatch:
    """B documents with ΣM images and ΣN texts; document b has M_b images and N_b texts, either may be none.

    The features come from encoders (locked ones: from the shards). Where encoders are trained, their inputs
    travel in `images` and the token fields instead, and the model computes the features.
    """

    doc_ids: tuple[str, ...]
    keys: Tensor  # int64 [B], `chance.key_of` of the document's id
    families: Tensor  # int64 [B], the same number for documents of one family
    image_offsets: Tensor  # int64 [B+1]
    text_offsets: Tensor  # int64 [B+1]
    pixels: Tensor  # float32 [ΣM, Dp]
    words: Tensor  # float32 [ΣM, Dw]; a zero row is an image without words of its own
    texts: Tensor  # float32 [ΣN, Dt]
    prior: Tensor  # float32 [Σ M_b N_b], each image's row sums to one; empty when there is no layout
    prior_offsets: Tensor  # int64 [B+1]
    link: Tensor  # int8 [Σ M_b N_b], 1 = known to be true; empty when nothing is known
    image_section: Tensor  # int64 [ΣM]
    text_section: Tensor  # int64 [ΣN]
    caption_of: Tensor  # int64 [ΣN], index of the image within its document, or -1
    images: Tensor | None = None  # float32 [ΣM, 3, S, S], for an image encoder that is trained
    word_tokens: Tensor | None = None  # int64 [Σ tokens], an image's own words, for a trained text encoder
    word_token_offsets: Tensor | None = None  # int64 [ΣM+1]
    text_tokens: Tensor | None = None  # int64 [Σ tokens]
    text_token_offsets: Tensor | None = None  # int64 [ΣN+1]
    image_keys: Tensor | None = None  # int64 [ΣM], equal for equal images; for masks of false negatives
    text_bands: Tensor | None = None  # int64 [ΣN, bands], one equal for near-duplicates; for such masks too
    image_scales: UnitTokens | None = None  # of ΣM images, features [T, Dp] beside `pixels`
    text_scales: UnitTokens | None = None  # of ΣN texts, features [T, Dt] beside `texts`
    text_spans: Spans | None = None  # of `text_tokens`, for a trained text encoder that gives scales

    def __len__(self) -> int:
        return len(self.doc_ids)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.image_offsets.device

    @property
    def pairs(self) -> int:
        """How many image-text pairs of one's own document there are, Σ M_b N_b."""
        return int(self.prior_offsets[-1])

    @property
    def has_words(self) -> Tensor:
        """Which images carry words of their own, bool [ΣM]."""
        if self.word_token_offsets is not None:
            return ragged.lengths(self.word_token_offsets) > 0
        return (self.words != 0).any(-1)

    def to(self, device: torch.device | str) -> TensorBatch:
        """Return the batch on `device`."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        kinds = (Tensor, UnitTokens, Spans)
        moved = {name: value.to(device) for name, value in values.items() if isinstance(value, kinds)}
        return TensorBatch(**(values | moved))

    def select(self, documents: Tensor | Sequence[int]) -> TensorBatch:
        """Return the batch of the given document indices [K], in that order."""
        chosen = torch.as_tensor(documents, dtype=torch.int64, device=self.device)
        image_rows, image_offsets = ragged.select_rows(self.image_offsets, chosen)
        text_rows, text_offsets = ragged.select_rows(self.text_offsets, chosen)
        pair_rows, prior_offsets = ragged.select_rows(self.prior_offsets, chosen)
        word_tokens, word_token_offsets = _select_tokens(
            self.word_tokens, self.word_token_offsets, image_rows
        )
        text_tokens, text_token_offsets = _select_tokens(self.text_tokens, self.text_token_offsets, text_rows)
        return TensorBatch(
            doc_ids=tuple(self.doc_ids[index] for index in chosen.tolist()),
            keys=self.keys[chosen],
            families=self.families[chosen],
            image_offsets=image_offsets,
            text_offsets=text_offsets,
            pixels=self.pixels[image_rows],
            words=self.words[image_rows],
            texts=self.texts[text_rows],
            prior=self.prior[pair_rows] if len(self.prior) else self.prior,
            prior_offsets=prior_offsets,
            link=self.link[pair_rows] if len(self.link) else self.link,
            image_section=self.image_section[image_rows],
            text_section=self.text_section[text_rows],
            caption_of=self.caption_of[text_rows],
            images=None if self.images is None else self.images[image_rows],
            word_tokens=word_tokens,
            word_token_offsets=word_token_offsets,
            text_tokens=text_tokens,
            text_token_offsets=text_token_offsets,
            image_keys=None if self.image_keys is None else self.image_keys[image_rows],
            text_bands=None if self.text_bands is None else self.text_bands[text_rows],
            image_scales=None if self.image_scales is None else self.image_scales.select(image_rows),
            text_scales=None if self.text_scales is None else self.text_scales.select(text_rows),
            text_spans=None
            if self.text_spans is None or self.text_token_offsets is None
            else self.text_spans.select(self.text_token_offsets, text_rows),
        )


def _select_tokens(
    tokens: Tensor | None, offsets: Tensor | None, rows: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    if tokens is None or offsets is None:
        return None, None
    token_rows, chosen_offsets = ragged.select_rows(offsets, rows)
    return tokens[token_rows], chosen_offsets


def from_ragged(batch: RaggedBatch) -> TensorBatch:
    """Make a TensorBatch of a shard's ragged batch, on the CPU; the read-only views are copied once."""
    doc_ids = tuple(batch.doc_ids)
    image_offsets, text_offsets = _integers(batch.image_offsets), _integers(batch.text_offsets)
    images, texts = int(image_offsets[-1]), int(text_offsets[-1])
    return TensorBatch(
        doc_ids=doc_ids,
        keys=_keys(doc_ids),
        families=_keys(batch.families),
        image_offsets=image_offsets,
        text_offsets=text_offsets,
        pixels=_features(batch.pixels, images),
        words=_features(batch.words, images),
        texts=_features(batch.text_features, texts),
        prior=_floats(batch.prior),
        prior_offsets=ragged.pair_offsets(image_offsets, text_offsets),
        link=torch.from_numpy(np.array(batch.link, dtype=np.int8)),
        image_section=_integers(batch.image_section),
        text_section=_integers(batch.text_section),
        caption_of=_integers(batch.caption_of),
    )


def _keys(names: Sequence[str]) -> Tensor:
    return torch.tensor([key_of(name) for name in names], dtype=torch.int64)


def _floats(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))


def _features(values: NDArray[np.generic], rows: int) -> Tensor:
    array = _floats(values)
    return array if array.dim() == 2 and len(array) == rows else array.reshape(rows, -1 if rows else 0)


def _integers(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.int64))


def concatenate(batches: Sequence[TensorBatch]) -> TensorBatch:
    """Return one batch of all documents of `batches`, in order; where links are unknown they become zero.

    Raises:
        ValueError: if a layout or encoder inputs are there for some batches and not for others.
    """
    image_offsets = ragged.join_offsets([batch.image_offsets for batch in batches])
    text_offsets = ragged.join_offsets([batch.text_offsets for batch in batches])

    def packed(name: str) -> Tensor:
        return torch.cat([getattr(batch, name) for batch in batches])

    def optional(name: str) -> Tensor | None:
        return (
            packed(name)
            if _all_or_none([getattr(batch, name) is not None for batch in batches], name)
            else None
        )

    def optional_offsets(name: str) -> Tensor | None:
        held = _all_or_none([getattr(batch, name) is not None for batch in batches], name)
        return ragged.join_offsets([getattr(batch, name) for batch in batches]) if held else None

    def optional_scales(name: str) -> UnitTokens | None:
        held = _all_or_none([getattr(batch, name) is not None for batch in batches], name)
        return joined([getattr(batch, name) for batch in batches]) if held else None

    spans = [batch.text_spans for batch in batches if batch.text_spans is not None]
    spanned = _all_or_none([batch.text_spans is not None for batch in batches], "text_spans")
    _all_or_none([len(batch.prior) > 0 for batch in batches if batch.pairs], "prior")
    linked = any(len(batch.link) for batch in batches)
    links = [batch.link if len(batch.link) else batch.link.new_zeros(batch.pairs) for batch in batches]
    return TensorBatch(
        doc_ids=tuple(name for batch in batches for name in batch.doc_ids),
        keys=packed("keys"),
        families=packed("families"),
        image_offsets=image_offsets,
        text_offsets=text_offsets,
        pixels=packed("pixels"),
        words=packed("words"),
        texts=packed("texts"),
        prior=packed("prior"),
        prior_offsets=ragged.pair_offsets(image_offsets, text_offsets),
        link=torch.cat(links) if linked else packed("link"),
        image_section=packed("image_section"),
        text_section=packed("text_section"),
        caption_of=packed("caption_of"),
        images=optional("images"),
        word_tokens=optional("word_tokens"),
        word_token_offsets=optional_offsets("word_token_offsets"),
        text_tokens=optional("text_tokens"),
        text_token_offsets=optional_offsets("text_token_offsets"),
        image_keys=optional("image_keys"),
        text_bands=optional("text_bands"),
        image_scales=optional_scales("image_scales"),
        text_scales=optional_scales("text_scales"),
        text_spans=Spans(
            torch.cat([part.sentences for part in spans]), torch.cat([part.words for part in spans])
        )
        if spanned
        else None,
    )


def _all_or_none(held: Sequence[bool], name: str) -> bool:
    if any(held) and not all(held):
        raise ValueError(f"{name} is there for some batches only: give it for all of them or for none")
    return any(held)
