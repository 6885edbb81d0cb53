"""One training of the bench and what it is worth; kept by a hash of all that it depends on."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

import storage
import training
from flows.bench.methods import Method, training_of
from storage.code_hash import code_hash
from storage.filesystem import join, read_bytes
from storage.shards import ShardReader, open_shards
from training.assemble import build_model
from training.centres import centre_model
from training.checkpoint import load_model
from training.config import TrainConfig
from training.data import usable_documents
from training.evaluation.corpus import Corpus, Vectors, encode_documents, read_corpus
from training.evaluation.row import length_row, vector_row
from training.evaluation.slices import SlicedRow, sliced_row
from training.evaluation.token_scores import token_row
from training.evaluation.units import measure_units
from training.heads.image import Parts
from training.loop import train_loop
from training.model import UnalignedModel
from training.stages import Stages

#: Documents whose images have words of their own, and the method with which all their parts are measured.
_UNITS = {("D", "unaligned"), ("E", "unaligned")}
#: Code that measures parts alone: elsewhere a result does not depend on it.
_OF_PARTS = ("training/units", "training/evaluation/units.py", "training/evaluation/contributions.py")
#: Where the kernel resets a process's peak memory, and where it tells it.
_RESET, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(frozen=True)
class Job:
    """A method (None: untrained) with one seed on one data."""

    data: str
    shards: str
    method: Method | None
    seed: int
    steps: int

    @property
    def name(self) -> str:
        """What the table calls it."""
        return self.method.name if self.method else "untrained"

    @property
    def measures_parts(self) -> bool:
        """Whether all parts of an image are measured."""
        return (self.data, self.name) in _UNITS

    def digest(self) -> str:
        """Return a name for its result: a hash of data, method, seed, steps and the code that trains."""
        config = self.config().model_dump(mode="json") if self.method else {"untrained": self.seed}
        told = json.dumps([_code(self.measures_parts), config], sort_keys=True).encode()
        return hashlib.sha256(told + read_bytes(join(self.shards, "index.json"))).hexdigest()[:20]

    def config(self) -> TrainConfig:
        """Return what is trained; of the untrained model, its shape and seed."""
        return training_of(self.method or _UNTRAINED, self.seed, self.steps)


@cache
def _code(parts: bool) -> str:
    """What changes when the code does that trains and measures."""
    folders = (Path(module.__file__).parent for module in (training, storage) if module.__file__)
    return (
        code_hash(folders, () if parts else _OF_PARTS)
        + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    )


_UNTRAINED = Method("untrained", "order-free", TrainConfig().objective)


def result_of(job: Job, results: str) -> dict[str, Any]:
    """Return the rows of a job, `{part: {"whole": row, "slices": ...}}`, trained if they are not kept.

    Args:
        job: what to train and to measure.
        results: folder where results are kept.

    Raises:
        LooseleafError: if the training fails.
    """
    kept = Path(results) / f"{job.digest()}.json"
    if kept.is_file():
        known: dict[str, Any] = json.loads(kept.read_text())
        return known
    # As many trainings run side by side as there are processors.
    torch.set_num_threads(1)
    with threadpool_limits(1):
        return _taken(job, kept)


def _taken(job: Job, kept: Path) -> dict[str, Any]:
    """Train, measure and keep."""
    reader = open_shards(job.shards)
    _forget_peak()
    began = time.perf_counter()
    model = _trained(job, reader)
    seconds = time.perf_counter() - began
    trained = Stages(model, job.config()).trained(0) if job.method else 0
    cost = {"trained_parameters": trained, "seconds": seconds, "peak_mb": _peak_mb()}
    began = time.perf_counter()
    measured = _measured(job, model, reader)
    cost["measuring_seconds"] = time.perf_counter() - began
    rows = {part: row | {"whole": row["whole"] | cost} for part, row in measured.items()}
    kept.parent.mkdir(parents=True, exist_ok=True)
    temporary = kept.with_suffix(f".{job.seed}.writing")
    temporary.write_text(json.dumps(rows))
    temporary.replace(kept)
    return rows


def length_rows(shards: str) -> SlicedRow:
    """Return the row of the length of texts as a score."""
    reader = open_shards(shards)
    corpus = read_corpus(reader, usable_documents(reader, "test"))
    return sliced_row(corpus, lambda chosen: length_row(chosen.corpus))


def _trained(job: Job, reader: ShardReader) -> UnalignedModel:
    config = job.config()
    model = build_model(config, reader.index.spec)
    if job.method is None:
        centre_model(model, reader, config.encoders)
        return model
    with tempfile.TemporaryDirectory() as run:
        train_loop(config, job.shards, run, watch=False)
        load_model(run, model, config.steps)
    return model


def _measured(job: Job, model: UnalignedModel, reader: ShardReader) -> dict[str, Any]:
    corpus = read_corpus(reader, usable_documents(reader, "test"))
    encoders = job.config().encoders
    parts: tuple[Parts, ...] = ("pixels", "words", "both") if reader.index.spec.word_width else ("pixels",)
    vectors = encode_documents(model, reader, corpus.documents, encoders, parts)
    rows: dict[str, Any] = {part: _row(_of_part(corpus, vectors, part)) for part in parts}
    if encoders.tokens.asked:
        rows["tokens"] = _row(token_row(model, reader, corpus, encoders))
    if not job.measures_parts:
        return rows
    units = measure_units(model, reader, corpus, vectors, encoders=encoders, trained_on=reader)
    rows |= {name: _row(sliced) for name, sliced in units.rows.items()}
    rows["all"]["parts"] = units.told()
    return rows


def _of_part(corpus: Corpus, vectors: Vectors, part: Parts) -> SlicedRow:
    images = vectors.images[part]
    return sliced_row(
        corpus,
        lambda chosen: vector_row(chosen.corpus, images[chosen.images], vectors.texts[chosen.texts]),
    )


def _row(sliced: SlicedRow) -> dict[str, Any]:
    return {"whole": dict(sliced.whole), "slices": sliced.slices}


def _forget_peak() -> None:
    if _RESET.exists():
        _RESET.write_text("5")


def _peak_mb() -> float:
    if not _STATUS.exists():
        return float("nan")
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) / 1024
