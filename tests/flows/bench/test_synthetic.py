"""A is what it says: orphans, unrelated sentences, adjacency right half of the time, links known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from flows.bench.synthetic import Synthetic, write_synthetic
from storage.shards import open_shards
from training.metrics.pairs import own_pairs


def test_shares(tmp_path: Path) -> None:
    reader = open_shards(write_synthetic(str(tmp_path), Synthetic(documents=400)))
    batch = reader.batch(np.arange(len(reader)))
    rows, columns, _ = own_pairs(batch.image_offsets, batch.text_offsets)
    true = batch.link > 0
    linked = np.bincount(rows, weights=true) > 0
    assert abs(linked.mean() - 0.6) < 0.05
    assert abs((np.bincount(columns, weights=true) > 0).mean() - 0.3) < 0.05
    nearest = batch.prior == np.maximum.reduceat(batch.prior, np.flatnonzero(np.diff(rows, prepend=-1)))[rows]
    assert 0.5 < (nearest & true).sum() / linked.sum() < 0.7  # half, and some by chance


def test_the_same_seed_gives_the_same_features(tmp_path: Path) -> None:
    one, same, other = (
        open_shards(write_synthetic(str(tmp_path / name), Synthetic(documents=20, seed=seed))).batch([0])
        for name, seed in (("one", 0), ("same", 0), ("other", 1))
    )
    assert np.array_equal(one.pixels, same.pixels)
    assert not np.array_equal(one.pixels[:1], other.pixels[:1])
