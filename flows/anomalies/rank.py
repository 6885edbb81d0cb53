"""Ranks the figures of a dataset by how likely it is that they do not belong to their text."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from flows.anomalies.read import Dataset, read_dataset
from flows.anomalies.vectors import run_vectors, speaking_patch
from flows.lineage import newest_shards
from storage.errors import LooseleafError
from storage.results import write_table
from training.anomalies.find import Anomaly, find_anomalies

#: The first figures, whose patches are looked at.
_WITH_PATCHES = 20


def rank_anomalies(dataset: str, run: str | None = None, out: str | None = None) -> dict[str, Any]:
    """Rank the figures of a dataset, most suspicious first.

    Args:
        dataset: path or URL of a dataset whose pictures' words were read.
        run: a run, whose model then speaks too; the dataset must be mined.
        out: file to write all figures to, `.parquet` or `.csv`.

    Returns:
        `figures` (each with probability, kind, document, position, page, section_path, image_id, image_url,
        nearest, kinds, told (its numbers tell its siblings apart) and evidence), `documents`, `with_words`
        (figures in which something was read), `weights` of the kinds of evidence, and `out`.

    Raises:
        LooseleafError: if there is no dataset or no figure in it, or no such run.
    """
    if out is not None and not out.endswith((".parquet", ".csv")):
        raise LooseleafError(f"{out} is neither .parquet nor .csv: name a file that ends so.")
    held = read_dataset(dataset)
    if not held.figures:
        raise LooseleafError(f"Dataset {dataset} has no figures: build it from documents that show some.")
    vectors = run_vectors(run, newest_shards(dataset), held) if run is not None else None
    found = find_anomalies(held.reports, held.figures, vectors.affinity if vectors is not None else None)
    rows = [_row(held, anomaly) for anomaly in found.anomalies]
    if vectors is not None:
        for row, anomaly in zip(rows[:_WITH_PATCHES], found.anomalies, strict=False):
            if anomaly.nearest is not None:
                said = speaking_patch(vectors, dataset, anomaly.figure, anomaly.nearest)
                row["evidence"] += [said] if said else []
    if out is not None:
        write_table(pa.Table.from_pylist(rows), "parquet" if out.endswith(".parquet") else "csv", out)
    return {
        "figures": rows,
        "documents": len(held.reports),
        "with_words": sum(bool(figure.words) for figure in held.figures),
        "weights": dict(zip(found.calibration.names, found.calibration.weights, strict=True)),
        "out": out,
    }


def _row(held: Dataset, anomaly: Anomaly) -> dict[str, Any]:
    place = held.places[anomaly.figure]
    names = {report.doc_id: name for report, name in zip(held.reports, held.names, strict=True)}
    kind = max(anomaly.kinds, key=lambda one: anomaly.kinds[one])
    return {
        "probability": anomaly.probability,
        "kind": kind,
        "document": place.document,
        "path": place.path,
        "position": place.position,
        "page": place.page,
        "section_path": list(place.section_path),
        "image_id": place.image_id,
        "image_url": place.image_url,
        "nearest": None if anomaly.nearest is None else held.names[anomaly.nearest],
        "kinds": {str(one): value for one, value in anomaly.kinds.items()},
        "told": anomaly.told,
        "evidence": [_named(one.sentence, names) for one in anomaly.evidence],
    }


def _named(sentence: str, names: dict[str, str]) -> str:
    """Put documents' names for their ids."""
    for doc_id, name in names.items():
        if doc_id in sentence:
            return sentence.replace(doc_id, name)
    return sentence
