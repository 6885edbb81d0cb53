"""The same run at several sizes of data, width and steps, and what the next size would reach."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from storage.errors import LooseleafError
from storage.filesystem import exists, join, read_bytes, write_bytes_atomic
from storage.shards import open_shards
from storage.shards.subset import write_subset
from training.assemble import build_model
from training.chance import key_of
from training.checkpoint import load_model
from training.config import TrainConfig
from training.data import usable_documents
from training.evaluation.corpus import encode_documents, read_corpus
from training.evaluation.document_scores import document_scores
from training.evaluation.held_out_loss import held_out_loss
from training.evaluation.scaling import LEAST_SIZES, PowerLaw, predict
from training.loop import train_loop

Axis = Literal["data", "width", "steps"]
AXES: tuple[Axis, ...] = get_args(Axis)
_UNITS = {"data": "training documents", "width": "hidden units of a head", "steps": "steps"}
_MEASURES = ("loss", "error")
Progress = Callable[[int, int], None]
_SPLIT = "test"
#: Raise it when the same training gives other numbers.
_VERSION = 1


@dataclass(frozen=True)
class Trial:
    """One training; `shards` hold its share of the training documents."""

    shards: str
    config: TrainConfig

    def digest(self) -> str:
        """Return a name for its result: a hash of the configuration, the shards and the version."""
        told = json.dumps([_VERSION, self.config.model_dump(mode="json")], sort_keys=True).encode()
        return hashlib.sha256(told + read_bytes(join(self.shards, "index.json"))).hexdigest()[:20]


def run_scale(
    folder: str,
    shards: str,
    config: TrainConfig,
    *,
    axes: Sequence[Axis] = AXES,
    sizes: int = 5,
    seeds: int = 3,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train at several sizes, each half of the next, fit a power law, and predict the size after the largest.

    The law is also fitted without the largest size and compared with what was measured there.

    Args:
        folder: of results; `scaling.json` is written there.
        shards: packed shards.
        config: of the largest size on every axis.
        axes: which of data, width and steps are varied, one at a time.
        sizes: how many of each axis.
        seeds: trainings of each size, counted from the configuration's seed.
        progress: called with the trainings done, and of how many.

    Returns:
        `{"shards", "split", "seeds", "axes": {axis: {"unit", "measures": {"loss", "error"}}}}`. A measure has
        `points` (size, value, seed), and `law`, `next` and, from five sizes on, `check`, or the `reason` why
        there is no law.
        `loss` is the objective on held-out documents, `error` is one minus AUC-dc.

    Raises:
        LooseleafError: if a training fails, or a width is to be varied that is zero.
    """
    trials = {
        axis: [
            _trial(folder, shards, config, axis, 0.5**halvings, seed)
            for halvings in range(sizes)
            for seed in range(config.seed, config.seed + seeds)
        ]
        for axis in axes
    }
    different = dict.fromkeys(trial for of_axis in trials.values() for trial in of_axis)
    found: dict[Trial, dict[str, float]] = {}
    for trial in different:
        found[trial] = result_of(trial, join(folder, "results"))
        if progress is not None:
            progress(len(found), len(different))
    table = {
        axis: {
            "unit": _UNITS[axis],
            "measures": {
                measure: _measured(
                    [(found[trial][axis], found[trial][measure], trial.config.seed) for trial in of_axis]
                )
                for measure in _MEASURES
            },
        }
        for axis, of_axis in trials.items()
    }
    whole = {"shards": shards, "split": _SPLIT, "seeds": seeds, "axes": table}
    write_bytes_atomic(join(folder, "scaling.json"), (json.dumps(whole, indent=1) + "\n").encode())
    return whole


def share_of_shards(shards: str, share: float, folder: str) -> str:
    """Return shards with so much of the training documents, and all others; written if they are not there.

    A smaller share is a part of a larger one, whatever the order of the documents.

    Args:
        shards: all documents.
        share: above 0, to 1; shards of all documents are these shards.
        folder: where they are written.
    """
    if share >= 1.0:
        return shards
    target = join(folder, f"share-{share:g}")
    if not exists(join(target, "index.json")):
        reader = open_shards(shards)
        names = reader.batch(np.arange(len(reader))).doc_ids
        drawn = np.array([key_of(f"share/{name}") / 2.0**63 < share for name in names], dtype=bool)
        write_subset(reader, target, drawn | (reader.splits != "train"))
    return target


def result_of(trial: Trial, results: str) -> dict[str, float]:
    """Return a trial's sizes and its loss and error on held-out documents, trained if they are not kept.

    Args:
        trial: what to train and to measure.
        results: folder where results are kept.

    Raises:
        LooseleafError: if the training fails, or too little is held out.
    """
    kept = join(results, f"{trial.digest()}.json")
    if not exists(kept):
        write_bytes_atomic(kept, json.dumps(_made(trial)).encode())
    found: dict[str, float] = json.loads(read_bytes(kept))
    return found


def _trial(  # noqa: PLR0917 - where, what and how much, in this order
    folder: str, shards: str, config: TrainConfig, axis: Axis, factor: float, seed: int
) -> Trial:
    sized = config.model_copy(update={"seed": seed, "workers": 0})
    if axis == "data":
        return Trial(share_of_shards(shards, factor, join(folder, "data")), sized)
    if axis == "steps":
        return Trial(shards, sized.model_copy(update={"steps": max(round(config.steps * factor), 1)}))
    hidden = {name: getattr(config.model, name) for name in ("pixel_hidden", "text_hidden")}
    if not any(hidden.values()):
        raise LooseleafError(
            "Both heads are linear (pixel_hidden and text_hidden are 0), so there is no width to vary: set "
            "one of them, or leave `width` out."
        )
    narrower = {name: max(round(width * factor), 1) for name, width in hidden.items() if width}
    return Trial(shards, sized.model_copy(update={"model": config.model.model_copy(update=narrower)}))


def _made(trial: Trial) -> dict[str, float]:
    config, reader = trial.config, open_shards(trial.shards)
    model = build_model(config, reader.index.spec)
    with tempfile.TemporaryDirectory() as run:
        train_loop(
            config.model_copy(update={"checkpoint_every": config.steps}), trial.shards, run, watch=False
        )
        load_model(run, model, config.steps)
    corpus = read_corpus(reader, usable_documents(reader, _SPLIT))
    vectors = encode_documents(model, reader, corpus.documents, config.encoders, parts=("both",))
    scores = document_scores(corpus, vectors.images["both"], vectors.texts)
    return {
        "data": len(usable_documents(reader, "train")),
        "width": max(config.model.pixel_hidden, config.model.text_hidden),
        "steps": config.steps,
        "loss": held_out_loss(model, reader, config, _SPLIT),
        "error": 1.0 - float(np.nanmean(scores)),
    }


def _measured(points: Sequence[tuple[float, float, int]]) -> dict[str, Any]:
    sizes, values = [size for size, _, _ in points], [value for _, value, _ in points]
    largest = max(sizes)
    shown = [{"size": size, "value": value, "seed": seed} for size, value, seed in sorted(points)]
    smaller = [(size, value) for size, value in zip(sizes, values, strict=True) if size < largest]
    try:
        law, following = predict(sizes, values, 2 * largest)
    except LooseleafError as error:
        return {"points": shown, "reason": str(error)}
    told = {"points": shown, "law": _told(law, min(sizes), 2 * largest), "next": asdict(following)}
    # One size less may be too few: then there is a law, and nothing to check it on.
    if len({size for size, _ in smaller}) < LEAST_SIZES:
        return told
    _, expected = predict([size for size, _ in smaller], [value for _, value in smaller], largest)
    seen = float(np.mean([value for size, value in zip(sizes, values, strict=True) if size == largest]))
    return {**told, "check": {**asdict(expected), "measured": seen, "holds": expected.holds(seen)}}


def _told(law: PowerLaw, low: float, high: float) -> dict[str, Any]:
    """Return a law and its curve, to be drawn."""
    sizes = np.geomspace(low, high, 40)
    curve = [[float(size), float(value)] for size, value in zip(sizes, law.at(sizes), strict=True)]
    return {**asdict(law), "curve": curve}
