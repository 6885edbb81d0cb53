"""The metrics table of a run: itself, its baselines, and what needs no training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.errors import LooseleafError
from storage.shards import ShardReader, open_shards
from training.assemble import build_model
from training.baselines import Contender, compared_objectives, contenders, train_missing
from training.centres import centre_model
from training.checkpoint import checkpoint_steps, load_model
from training.config import TrainConfig
from training.data import usable_documents
from training.diagnosis.curves import curves_of
from training.diagnosis.diagnose import diagnose_history, diagnose_links, diagnose_space
from training.diagnosis.diary import Diary
from training.diagnosis.finding import Finding
from training.diagnosis.measured import History, Space, read_features
from training.evaluation.breakdown import broken_down, document_slices
from training.evaluation.corpus import PARTS, Corpus, Vectors, encode_documents, read_corpus
from training.evaluation.document_scores import document_scores
from training.evaluation.row import Row, length_row, over_seeds, vector_row, without_nan
from training.evaluation.slices import SlicedRow, sliced_row
from training.evaluation.token_scores import token_row
from training.evaluation.units import UnitResult, measure_units, over_seeds_told
from training.heads.image import Parts
from training.lines import read_lines
from training.mlflow_log import log_table
from training.model import UnalignedModel
from training.objectives.settings import ObjectiveSettings
from training.run_directory import write_json
from training.run_identity import run_config, run_identity


def evaluate_run(
    run: str,
    shards: str | None = None,
    split: str = "test",
    *,
    seeds: int = 3,
    baselines: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Measure a run, and the baselines on the same documents; write `RUN/metrics.json`.

    Baselines that are not there yet are trained, in seconds on cached features, and kept in `RUN/baselines`.

    Args:
        run: folder or URL of a trained run.
        shards: the packed shards to measure on; the run's own by default.
        split: train, valid or test.
        seeds: trainings of each objective, with seeds counted from the run's own.
        baselines: train and measure the other objectives too.
        progress: called with the trainings done, and of how many.

    Returns:
        `{"metrics": table, "units", "slices", "split", "documents", "shards"}`. The table has a row for each
        name and choice of parts: `unaligned/both` and so on (the run's own objective comes first),
        `untrained/...`, `section_length`; of a run with tokens `.../tokens`, by its late interaction. A row
        holds the mean over seeds of each number and its `..._spread`, over all documents, and under `slices`
        the same for documents with known `links`, for the others (`sections`), and for each `source:<name>`.
        `slices` beside the table has, of rows that are cosines of vectors, the AUC-dc of
        each row by source, language, set size and frequency of terms; see `training.evaluation.breakdown`.

    Raises:
        LooseleafError: if the run has not ended, or the split holds no documents with images and texts.
    """
    config = run_config(run)
    if config.steps not in checkpoint_steps(run):
        raise LooseleafError(f"{run} has not reached its last step ({config.steps}); train on first.")
    objectives = compared_objectives(config.objective) if baselines else [config.objective]
    trained_on = str(run_identity(run)["shards"])
    result = compare(
        run,
        config,
        trained_on,
        measured_on=shards or trained_on,
        split=split,
        seeds=seeds,
        objectives=objectives,
        progress=progress,
    )
    log_table(config, run, result["metrics"])
    return result


def compare(
    run: str,
    config: TrainConfig,
    shards: str,
    *,
    measured_on: str | None = None,
    split: str = "test",
    seeds: int = 3,
    objectives: list[ObjectiveSettings] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Train what is missing for a table and measure it; see `evaluate_run`.

    Args:
        run: where the run of `config` is, or is to be; the others go below it.
        config: of the run.
        shards: to train on.
        measured_on: shards to measure on; those of the training by default.
        split: to measure on.
        seeds: trainings of each objective.
        objectives: the run's own first; by default all.
        progress: called with the trainings done, and of how many.

    Raises:
        LooseleafError: if a training fails, or the split holds nothing to measure.
    """
    reader = open_shards(measured_on or shards)
    documents = usable_documents(reader, split)
    if not len(documents):
        raise LooseleafError(
            f"The {split} split of {measured_on or shards} holds no document with images and texts; "
            "choose another split, or hold out more in the recipe's `pack`."
        )
    corpus = read_corpus(reader, documents)
    found = contenders(run, config, seeds, objectives or compared_objectives(config.objective))
    rows: dict[str, list[SlicedRow]] = {}
    of_documents: dict[str, list[NDArray[np.float64]]] = {}

    def add(name: str, vectors: Vectors) -> Mapping[Parts, SlicedRow]:
        measured = _measure(vectors, corpus)
        for part, row in measured.items():
            rows.setdefault(f"{name}/{part}", []).append(row)
            scores = document_scores(corpus, vectors.images[part], vectors.texts)
            of_documents.setdefault(f"{name}/{part}", []).append(scores)
        return measured

    units: list[UnitResult] = []
    trained_on = reader if measured_on in (None, shards) else open_shards(shards)
    for contender in train_missing(found, shards, progress or (lambda _done, _all: None)):
        model, encoders = _trained(contender, reader), contender.config.encoders
        vectors = encode_documents(model, reader, corpus.documents, encoders)
        measured = add(contender.name, vectors)
        if encoders.tokens.asked:
            tokens = token_row(model, reader, corpus, encoders)
            rows.setdefault(f"{contender.name}/tokens", []).append(tokens)
        if contender.name == found[0].name:
            units.append(
                measure_units(model, reader, corpus, vectors, encoders=encoders, trained_on=trained_on)
            )
        if contender.run == run:
            features = read_features(reader, corpus.documents)
            space = Space(corpus, features, vectors.images["both"], vectors.texts)
            findings = _diagnose(contender, space, measured["both"].whole)
            Diary(run, config.steps).conclude(split, len(documents), findings, curves_of(space))
    for name in units[0].rows:
        rows[f"{found[0].name}/{name}"] = [unit.rows[name] for unit in units]
    for seed in range(config.seed, config.seed + seeds):
        fresh = config.model_copy(update={"seed": seed})
        model = build_model(fresh, reader.index.spec)
        centre_model(model, reader, fresh.encoders)
        add("untrained", encode_documents(model, reader, corpus.documents, fresh.encoders))
    rows["section_length"] = [sliced_row(corpus, lambda selection: length_row(selection.corpus))]
    result = {
        "metrics": {name: _joined_seeds(of_seeds) for name, of_seeds in rows.items()},
        "units": over_seeds_told([unit.told() for unit in units]),
        "slices": broken_down(
            document_slices(corpus, reader, trained_on),
            # A document is measured with every seed or with none.
            {name: np.mean(of_seeds, axis=0) for name, of_seeds in of_documents.items()},
        ),
        "split": split,
        "documents": len(documents),
        "shards": measured_on or shards,
    }
    write_json(run, result, "metrics.json")
    return result


def _trained(contender: Contender, reader: ShardReader) -> UnalignedModel:
    model = build_model(contender.config, reader.index.spec)
    load_model(contender.run, model, contender.config.steps)
    return model


def _measure(vectors: Vectors, corpus: Corpus) -> Mapping[Parts, SlicedRow]:
    def row_of(part: Parts) -> SlicedRow:
        images = vectors.images[part]
        return sliced_row(
            corpus,
            lambda chosen: vector_row(chosen.corpus, images[chosen.images], vectors.texts[chosen.texts]),
        )

    return {part: row_of(part) for part in PARTS}


def _diagnose(contender: Contender, space: Space, row: Row) -> list[Finding]:
    history = History(contender.config, read_lines(contender.run, "progress.jsonl"))
    return [
        *diagnose_history(history),
        *diagnose_space(space),
        *diagnose_links(space, row["in_doc_auc_dc"], row["documents"]),
    ]


def _joined_seeds(of_seeds: list[SlicedRow]) -> dict[str, Any]:
    row: dict[str, Any] = dict(without_nan(over_seeds([sliced.whole for sliced in of_seeds])))
    slices: dict[str, list[Row]] = {
        name: [sliced.slices[name] for sliced in of_seeds] for name in of_seeds[0].slices
    }
    row["slices"] = {name: without_nan(over_seeds(rows)) for name, rows in slices.items()}
    return row
