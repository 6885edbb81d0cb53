"""From shards to batches: which documents train, and a step's tensors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from storage.errors import LooseleafError
from storage.shards import PackedTokens, RaggedBatch, ShardReader
from training.batch import TensorBatch, from_ragged
from training.chance import key_of
from training.choices import MaskName
from training.config import BatchSettings, EncoderSettings
from training.encoders.patch import prepare_images
from training.encoders.spans import spans_of
from training.encoders.token_settings import IMAGE_SCALES, TEXT_SCALES
from training.encoders.tokens import packed_ids, prepare_texts, tokenized
from training.near_duplicates import text_bands
from training.order import Order
from training.packing import Budget
from training.ragged import offsets_of, select_rows
from training.sampling import Sample, sample_members
from training.unit_tokens import UnitTokens, merged


def usable_documents(reader: ShardReader, split: str) -> NDArray[np.int64]:
    """Return the documents of a split that hold both images and texts, ascending."""
    return np.concatenate([np.empty(0, np.int64), *_usable_blocks(reader, split)])


def training_order(reader: ShardReader, settings: BatchSettings) -> Order:
    """Return the order of the training documents; those that `too_large` names are left out.

    Raises:
        LooseleafError: if fewer than two training documents hold both images and texts, or fit a batch.
    """
    blocks = _usable_blocks(reader, "train")
    total = sum(len(block) for block in blocks)
    if total < 2:
        raise LooseleafError(
            f"These shards hold {total} training documents with both images and texts, and a contrast needs "
            "two; add documents or hold out fewer."
        )
    budget = None
    if settings.units is not None:
        budget = Budget(settings.units, drawn_sizes(reader, "train", settings), settings.by_length)
        large = too_large(reader, settings)
        blocks = [block for whole in blocks if len(block := np.setdiff1d(whole, large))]
        if total - len(large) < 2:
            raise LooseleafError(
                f"Of {total} training documents {len(large)} are larger than half of batch.units "
                f"({settings.units}), so that no batch holds two; raise it, or draw less of a document by "
                "batch.max_images and batch.max_texts."
            )
    return Order(
        tuple(blocks),
        settings.documents,
        mined=settings.order == "mined",
        together=settings.together,
        share=settings.hard_share,
        budget=budget,
    )


def too_large(reader: ShardReader, settings: BatchSettings) -> NDArray[np.int64]:
    """Return the usable training documents of which a batch's budget of units cannot hold two, ascending."""
    usable = usable_documents(reader, "train")
    if settings.units is None:
        return usable[:0]
    return usable[drawn_sizes(reader, "train", settings)[usable] > settings.units // 2]


def drawn_sizes(reader: ShardReader, split: str, settings: BatchSettings) -> NDArray[np.int64]:
    """Return the images plus texts that a step draws of every document, [documents]; zero in other splits."""
    sizes = np.zeros(len(reader), np.int64)
    for number in reader.blocks_of(split):
        block = reader.block(int(number))
        images = np.minimum(np.diff(block.image_offsets), settings.max_images)
        texts = np.minimum(np.diff(block.text_offsets), settings.max_texts)
        sizes[block.doc_indices] = images + texts
    return sizes


def document_names(reader: ShardReader, split: str) -> dict[int, str]:
    """Return the `doc_id` of every document of a split, by its number."""
    names: dict[int, str] = {}
    for number in reader.blocks_of(split):
        block = reader.block(int(number))
        names.update(zip(block.doc_indices.tolist(), block.doc_ids, strict=True))
    return names


def load_step(
    reader: ShardReader,
    documents: NDArray[np.int64],
    batch: BatchSettings,
    encoders: EncoderSettings,
    draw: int,
    *,
    mask: tuple[MaskName, ...] = (),
) -> TensorBatch:
    """Return the tensors of a training step: drawn members, and the inputs of encoders that are trained.

    Args:
        reader: the shards.
        documents: of this worker.
        batch: how many members are drawn.
        encoders: which inputs are wanted.
        draw: seed of the members, the same on every worker.
        mask: which masks of false negatives want to know the images or the texts.
    """
    ragged_batch = reader.batch(documents)
    tensors = _with_words(from_ragged(ragged_batch))
    sample = sample_members(tensors, batch.max_images, batch.max_texts, draw)
    inputs = _with_tokens(with_inputs(sample, ragged_batch, encoders), sample, reader, ragged_batch, encoders)
    return _with_identities(inputs, sample, ragged_batch, mask)


def load_whole(reader: ShardReader, documents: NDArray[np.int64], encoders: EncoderSettings) -> TensorBatch:
    """Return the tensors of documents with all their members."""
    ragged_batch = reader.batch(documents)
    tensors = _with_words(from_ragged(ragged_batch))
    every = Sample(tensors, torch.arange(len(tensors.image_section)), torch.arange(len(tensors.text_section)))
    return _with_tokens(with_inputs(every, ragged_batch, encoders), every, reader, ragged_batch, encoders)


def with_inputs(sample: Sample, source: RaggedBatch, encoders: EncoderSettings) -> TensorBatch:
    """Add decoded images and tokens, where an encoder is trained on them.

    Raises:
        LooseleafError: if an encoder of images is asked for and the shards were packed without bytes.
    """
    batch = sample.batch
    if encoders.image != "features":
        if len(source.image_bytes) != len(source.image_position):
            raise LooseleafError(
                f"The encoder {encoders.image} needs the images' bytes, which these shards do not hold; "
                "mine again with `pack: {include_bytes: true}` in the recipe."
            )
        images = [source.image_bytes[row].tobytes() for row in sample.image_rows.tolist()]
        batch = replace(batch, images=prepare_images(images, encoders.side))
    if encoders.text != "features":
        special = encoders.special_tokens
        word_tokens, word_offsets = prepare_texts(
            [source.image_names[row] for row in sample.image_rows.tolist()], special=special
        )
        texts = [source.texts[row] for row in sample.text_rows.tolist()]
        pieces = tokenized(texts, special=special)
        text_tokens, text_offsets = packed_ids(texts, pieces)
        batch = replace(
            batch,
            word_tokens=word_tokens,
            word_token_offsets=word_offsets,
            text_tokens=text_tokens,
            text_token_offsets=text_offsets,
            text_spans=spans_of(texts, pieces) if encoders.tokens.of_texts else None,
        )
    return batch


def _with_tokens(
    batch: TensorBatch,
    sample: Sample,
    reader: ShardReader,
    source: RaggedBatch,
    encoders: EncoderSettings,
) -> TensorBatch:
    """Add the tokens of locked encoders, where the model reads some."""
    asked = encoders.tokens
    if encoders.image == "features" and asked.of_images:
        packed = [(IMAGE_SCALES.index(scale), reader.tokens(source, scale)) for scale in asked.of_images]
        batch = replace(batch, image_scales=_unit_tokens(packed, sample.image_rows))
    if encoders.text == "features" and asked.of_texts:
        packed = [(TEXT_SCALES.index(scale), reader.tokens(source, scale)) for scale in asked.of_texts]
        batch = replace(batch, text_scales=_unit_tokens(packed, sample.text_rows))
    return batch


def _unit_tokens(packed: list[tuple[int, PackedTokens]], units: torch.Tensor) -> UnitTokens:
    parts = []
    for scale, tokens in packed:
        offsets = offsets_of(torch.from_numpy(np.array(tokens.counts, np.int64)))
        rows, offsets = select_rows(offsets, units)
        vectors = torch.from_numpy(tokens.vectors[rows.numpy()].astype(np.float32))
        parts.append(UnitTokens(vectors, offsets, torch.full((len(rows),), scale)))
    return merged(parts)


def _with_identities(
    batch: TensorBatch, sample: Sample, source: RaggedBatch, mask: tuple[MaskName, ...]
) -> TensorBatch:
    """Add what masks of false negatives compare."""
    if "image" in mask:
        ids = source.image_ids
        keys = [key_of(ids[row]) for row in sample.image_rows.tolist()]
        batch = replace(batch, image_keys=torch.tensor(keys, dtype=torch.int64))
    if "text" in mask:
        texts = source.texts
        batch = replace(batch, text_bands=text_bands([texts[row] for row in sample.text_rows.tolist()]))
    return batch


def _with_words(batch: TensorBatch) -> TensorBatch:
    """Give words the texts' width where no image of the dataset has words, and so none were packed."""
    if batch.words.shape[1]:
        return batch
    return replace(batch, words=batch.words.new_zeros((len(batch.words), batch.texts.shape[1])))


def _usable_blocks(reader: ShardReader, split: str) -> list[NDArray[np.int64]]:
    blocks = []
    for number in reader.blocks_of(split):
        block = reader.block(int(number))
        usable = (np.diff(block.image_offsets) > 0) & (np.diff(block.text_offsets) > 0)
        if usable.any():
            blocks.append(block.doc_indices[usable])
    return blocks
