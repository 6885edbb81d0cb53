"""Trainings that go wrong on purpose, each with the fault that it shows, and some that are healthy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from flows.bench import synthetic
from flows.bench.packing import pack
from flows.bench.synthetic import Synthetic, write_synthetic
from storage.shards import ShardDocument
from training.config import config_from
from training.loop import train_loop

#: Constant: the image encoder says the same of everything. Shifted, foreign: held-out pictures are of another
#: make, so that the encoder's features lie elsewhere.
Pictures = Literal["varied", "constant", "shifted", "foreign"]
_SHIFTS: Mapping[Pictures, float] = {"shifted": 0.6, "foreign": 0.9}
#: Documents with a topic shortcut, as the bench has them, few.
PLAIN = Synthetic(documents=240, topics=8)
#: A topic for each document, loud, beside which things are hardly seen: only documents can be told.
LOUD = Synthetic(documents=160, topics=400, topic_share=10.0, pixel_noise=12.0, text_noise=0.6, width=8)
_SMALL: dict[str, Any] = {
    "steps": 40,
    "checkpoint_every": 40,
    "similarity_documents": 0,
    "batch": {"documents": 16},
    "optimizer": {"lr": 3e-3},
    "model": {"text_hidden": 0},
}
_FAR_TOO_HIGH = {"lr": 1.0, "schedule": "constant"}


@dataclass(frozen=True)
class Provocation:
    """A training, the fault that is named, and what comes along with it."""

    cause: str
    fault: str
    changes: Mapping[str, Any]
    beside: frozenset[str] = frozenset()
    data: Synthetic = PLAIN
    pictures: Pictures = "varied"


PROVOKED = (
    Provocation(
        "a triplet loss under a far too high learning rate",
        "complete_collapse",
        {
            "objective": "triplet",
            "optimizer": _FAR_TOO_HIGH,
            "model": {"text_hidden": 64, "pixel_hidden": 64},
        },
        frozenset({"modality_gap", "uniformity", "alignment"}),
    ),
    Provocation(
        "only texts of one document told apart, under a far too high learning rate",
        "dimensional_collapse",
        {
            "objective": {"terms": [], "intra_document": {}},
            "optimizer": _FAR_TOO_HIGH,
            "model": {"text_hidden": 4},
        },
        frozenset({"modality_gap", "uniformity", "alignment", "overfitting"}),
    ),
    Provocation(
        "every pair of a document called true under a high learning rate",
        "cluster_collapse",
        {
            "objective": "siglip_all_pairs",
            "optimizer": {"lr": 0.1, "schedule": "constant"},
            "model": {"text_hidden": 64},
        },
    ),
    Provocation(
        "a learning rate far too low", "plateau", {"optimizer": {"lr": 1e-7}}, frozenset({"alignment"})
    ),
    Provocation(
        "held-out pictures a little unlike those that were trained on",
        "modality_gap",
        {},
        frozenset({"hubness"}),
        pictures="shifted",
    ),
    Provocation(
        "held-out pictures of another make than those that were trained on",
        "hubness",
        {},
        frozenset({"modality_gap", "uniformity"}),
        pictures="foreign",
    ),
    Provocation(
        "a scale that begins at its bound",
        "temperature",
        {"model": {"scale": 100.0}, "optimizer": {"lr": 1e-4}},
        frozenset({"clipping", "plateau", "alignment"}),
    ),
    Provocation(
        "a scale at which the contrast is flat",
        "temperature",
        {"model": {"scale": 0.5}, "optimizer": {"lr": 1e-3}},
        frozenset({"plateau"}),
    ),
    Provocation("a topic for each document", "shortcut", {"objective": "mean", "steps": 80}, data=LOUD),
    Provocation(
        "a batch that holds all documents",
        "few_documents",
        {"steps": 20},
        frozenset({"alignment", "plateau"}),
        replace(PLAIN, documents=20),
    ),
    Provocation(
        "an encoder that says the same of every image",
        "constant_encoder",
        {},
        frozenset({"complete_collapse", "uniformity", "plateau", "alignment", "modality_gap"}),
        pictures="constant",
    ),
)


@dataclass(frozen=True)
class Healthy:
    """A training in which nothing is wrong."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    data: Synthetic = PLAIN


HEALTHY = tuple(
    Healthy({"seed": seed, "objective": objective, "steps": 60, "model": {"text_hidden": hidden}}, data)
    for seed, data in enumerate((PLAIN, replace(PLAIN, seed=1, topics=24, width=16)))
    for objective, hidden in (
        ("unaligned", 0),
        ("unaligned", 384),
        ("mean", 0),
        ("mil_nce", 64),
        ("latent_alignment", 0),
        ("clip_true", 64),
    )
)


def findings_of(
    changes: Mapping[str, Any], data: Synthetic, folder: Path, pictures: Pictures = "varied"
) -> dict[str, dict[str, Any]]:
    """Train on documents that are made if they are not there, and return what the last look found, by name.

    Args:
        changes: of the small configuration.
        data: how documents are drawn.
        folder: of documents and runs.
        pictures: what the image encoder says of them.
    """
    name = f"{pictures}-{abs(hash(data))}"
    shards, run = folder / name, folder / f"run-{len(list(folder.glob('run-*')))}"
    if not shards.exists():
        _write(shards, data, pictures)
    config = config_from({key: _merged(_SMALL.get(key), changes.get(key)) for key in {*_SMALL, *changes}})
    train_loop(config, str(shards), str(run))
    looks = json.loads((run / "diagnosis.json").read_text())["looks"]
    return {finding["name"]: finding for finding in looks[-1]["findings"]}


def named_in(findings: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the faults that were named; how long a step waited hangs on what else the machine does."""
    return {name for name, one in findings.items() if one["verdict"] != "passed"} - {"loader_bound"}


def _merged(known: Any, change: Any) -> Any:
    if change is None:
        return known
    return {**known, **change} if isinstance(known, Mapping) and isinstance(change, Mapping) else change


def _write(shards: Path, data: Synthetic, pictures: Pictures) -> None:
    def packed(folder: str, made: Any, spec: Any) -> str:
        return pack(folder, [(topic, _shown(one, pictures)) for topic, one in made], spec)

    synthetic.pack = packed
    try:
        write_synthetic(str(shards), data)
    finally:
        synthetic.pack = pack


def _shown(document: ShardDocument, pictures: Pictures) -> ShardDocument:
    """Return a document as its image encoder sees it."""
    if pictures == "constant":
        return replace(document, pixels=np.ones_like(document.pixels))
    if pictures in _SHIFTS and document.split != "train":
        shift = _SHIFTS[pictures] * np.random.default_rng(0).normal(size=document.pixels.shape[1])
        return replace(document, pixels=(document.pixels + shift).astype(np.float32))
    return document
