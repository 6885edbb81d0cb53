"""What share of a step waits for its data, with batches loaded ahead by a thread and without.

Documents of the bench's synthetic kind with features as wide as the packaged encoders', read from shards, and
steps of the default objective. Both ways train the same steps; the first ones are left out, for they warm up.
"""

from __future__ import annotations

import tempfile

import numpy as np
import torch

from flows.bench.synthetic import Synthetic, write_synthetic
from training.config import config_from
from training.lines import read_lines
from training.loop import train_loop

DOCUMENTS, STEPS, WARM = 400, 60, 10


def run() -> dict[str, float | str]:
    """Return the shares, and how many times longer is waited without loading ahead."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        shards = write_synthetic(
            f"{folder}/shards", Synthetic(documents=DOCUMENTS, width=384, pixel_width=1280)
        )
        ahead, without = (_split(shards, f"{folder}/run-{prefetch}", prefetch) for prefetch in (2, 0))
    return {
        "step, ms": 1e3 * float(np.median(without.sum(axis=1))),
        "waiting, share": _share(ahead),
        "waiting without loading ahead, share": _share(without),
        "waiting without to with": float(without[:, 0].sum() / max(ahead[:, 0].sum(), 1e-9)),
    }


def _split(shards: str, run: str, prefetch: int) -> np.ndarray:
    """Train, and return the seconds of waiting and computing of each step that counts, [steps, 2]."""
    told = config_from({"steps": STEPS, "checkpoint_every": STEPS, "prefetch": prefetch})
    train_loop(told, shards, run, watch=False)
    lines = read_lines(run, "progress.jsonl")[WARM:]
    return np.array([(line["data_seconds"], line["compute_seconds"]) for line in lines])


def _share(split: np.ndarray) -> float:
    return float(split[:, 0].sum() / split.sum())
