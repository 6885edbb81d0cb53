"""A run's model and the documents that it can compare, opened once for the sections that need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.shards import ShardReader, open_shards
from training.data import usable_documents
from training.run_encoder import RunModel, load_run
from training.run_identity import run_identity

#: Held-out splits, the one that nothing was ever chosen on first.
HELD_OUT = ("test", "valid")


@dataclass(frozen=True)
class Space:
    """A trained model, and the packed documents with both images and texts."""

    trained: RunModel
    reader: ShardReader
    documents: dict[str, NDArray[np.int64]]  # split -> numbers of usable documents
    number_of: dict[str, int]  # doc_id -> number
    split_of: dict[str, str]  # doc_id -> split


def open_space(run: str) -> Space:
    """Load a run's latest checkpoint and its shards.

    Raises:
        LooseleafError: if the run has no complete checkpoint, or its shards are gone.
    """
    trained = load_run(run)
    reader = open_shards(str(run_identity(run)["shards"]))
    documents = {split: usable_documents(reader, split) for split in ("train", "valid", "test")}
    number_of: dict[str, int] = {}
    split_of: dict[str, str] = {}
    for split, numbers in documents.items():
        names = reader.batch(numbers).doc_ids
        number_of.update(zip(names, numbers.tolist(), strict=True))
        split_of.update(dict.fromkeys(names, split))
    return Space(trained, reader, documents, number_of, split_of)
