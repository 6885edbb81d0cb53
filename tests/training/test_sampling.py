"""Drawing members: bounds hold, what belongs together stays together, a document's draw is its own."""

from pathlib import Path

import numpy as np
import torch

from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training import ragged
from training.batch import TensorBatch, from_ragged
from training.sampling import sample_members


def _batch(folder: Path) -> TensorBatch:
    return from_ragged(open_shards(write_samples(folder)).batch(np.arange(20)))


def test_bounds_order_and_pairs(tmp_path: Path) -> None:
    batch = _batch(tmp_path)
    sample = sample_members(batch, 2, 3, draw=9)
    small = sample.batch
    for offsets, before, most in (
        (small.image_offsets, batch.image_offsets, 2),
        (small.text_offsets, batch.text_offsets, 3),
    ):
        assert (ragged.lengths(offsets) == ragged.lengths(before).clamp(max=most)).all()
    assert (sample.image_rows.diff() > 0).all()
    torch.testing.assert_close(small.texts, batch.texts[sample.text_rows])
    rows, columns, _ = ragged.own_pairs(small.image_offsets, small.text_offsets)
    old_rows, old_columns, _ = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
    links = {
        (r, c)
        for r, c, v in zip(old_rows.tolist(), old_columns.tolist(), batch.link.tolist(), strict=True)
        if v
    }
    image_rows, text_rows = sample.image_rows[rows].tolist(), sample.text_rows[columns].tolist()
    assert [pair in links for pair in zip(image_rows, text_rows, strict=True)] == (small.link > 0).tolist()
    sums = ragged.segment_sum(small.prior, rows, len(small.image_section))
    torch.testing.assert_close(sums, torch.ones_like(sums))


def test_captions_follow_their_image(tmp_path: Path) -> None:
    batch = _batch(tmp_path)
    sample = sample_members(batch, 2, 4, draw=3)
    documents = ragged.segment_ids(sample.batch.text_offsets)
    old_documents = ragged.segment_ids(batch.text_offsets)
    for text, (row, described) in enumerate(
        zip(sample.text_rows.tolist(), sample.batch.caption_of.tolist(), strict=True)
    ):
        old = int(batch.caption_of[row])
        old_image = int(batch.image_offsets[old_documents[row]]) + old
        if described >= 0:
            assert sample.image_rows[sample.batch.image_offsets[documents[text]] + described] == old_image
        else:
            assert old < 0 or old_image not in sample.image_rows.tolist()


def test_a_draw_belongs_to_its_document(tmp_path: Path) -> None:
    batch = _batch(tmp_path)
    whole = sample_members(batch, 2, 3, draw=9).batch
    chosen = [7, 2, 15]
    alone = sample_members(batch.select(chosen), 2, 3, draw=9).batch
    torch.testing.assert_close(alone.pixels, whole.select(chosen).pixels)
    torch.testing.assert_close(alone.prior, whole.select(chosen).prior)
    other = sample_members(batch, 2, 3, draw=10).batch
    assert not torch.equal(other.texts, whole.texts)


def test_nothing_to_draw_changes_nothing(tmp_path: Path) -> None:
    batch = _batch(tmp_path)
    assert sample_members(batch, 100, 100, draw=1).batch is batch
