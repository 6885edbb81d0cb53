"""A run's own objective on documents that it never saw."""

from __future__ import annotations

import numpy as np
import torch

from storage.errors import LooseleafError
from storage.shards import ShardReader
from training.assemble import objective_of
from training.chance import key_of
from training.config import TrainConfig
from training.data import load_step, usable_documents
from training.model import UnalignedModel


@torch.inference_mode()
def held_out_loss(model: UnalignedModel, reader: ShardReader, config: TrainConfig, split: str) -> float:
    """Return the mean loss over batches of a split, the same batches for every run with this batch size.

    Args:
        model: trained; its mode is put back.
        reader: the shards.
        config: of the run.
        split: train, valid or test.

    Raises:
        LooseleafError: if the split holds fewer than two documents with images and texts.
    """
    documents = usable_documents(reader, split)
    size = min(config.batch.documents, len(documents))
    if size < 2:
        raise LooseleafError(
            f"The {split} split holds {len(documents)} documents with images and texts, and a contrast needs "
            "two; hold out more in the recipe's `pack`."
        )
    documents = np.random.default_rng(key_of(f"held out/{split}")).permutation(documents)
    was_training = model.training
    model.eval()
    losses = []
    # Whole batches: a contrast with fewer others is easier.
    for start in range(0, len(documents) - size + 1, size):
        draw = key_of(f"held out/{split}/{start}")
        some = np.sort(documents[start : start + size])
        batch = load_step(reader, some, config.batch, config.encoders, draw, mask=config.objective.mask)
        batch = batch.to(model.log_scale.device)
        losses.append(float(objective_of(model, batch, model.encode(batch, "both", draw), draw).total))
    model.train(was_training)
    return float(np.mean(losses))
