"""Vectors of documents for a surrogate model, and what a ridge regression makes of them.

A document has the mean vectors of its images and of its texts in a run's space, and the numbers that it
prints: no encoder reads "131.2 MPa" as a value, and a surrogate model needs values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flows.anomalies.read import read_dataset
from flows.lineage import newest_shards
from flows.searching.vectors import Modality, rows_of, stored_batches
from storage.builds import latest_build
from storage.errors import LooseleafError
from storage.filesystem import arrow_filesystem, exists
from storage.queries import connect
from storage.results import write_table
from training.numbers.quantities import quantities
from training.numbers.summary import summaries
from training.run_encoder import embed_run
from training.surrogate import repeated_r2

_KEYS = ("doc_id", "uri", "path")
_FIGURES = """
    select distinct doc_id, image_id from elements join kept_documents using (doc_id)
    where image_id is not null
"""


@dataclass(frozen=True)
class Documents:
    """Kept documents, in the order of `doc_id`: their names, families, and which show which image."""

    rows: list[dict[str, Any]]  # doc_id, uri, path, family
    showing: dict[str, list[int]]  # image_id -> documents

    @property
    def number_of(self) -> dict[str, int]:
        """The number of each document."""
        return {row["doc_id"]: number for number, row in enumerate(self.rows)}


def write_features(dataset: str, run: str, out: str, target: str | None, log: bool = False) -> dict[str, Any]:
    """Write one row a document (doc_id, uri, family, images, texts, numbers), and test them on a target.

    Args:
        dataset: a mined dataset.
        run: the run in whose space the vectors are.
        out: file to write, `.parquet` or `.csv` (there the vectors are JSON).
        target: `FILE:COLUMN`, a CSV or Parquet file with a key column doc_id, uri or path.
        log: predict the logarithm of the target.

    Returns:
        `out`, `documents`, and with a target `target`, `used` (documents that have a number), `families`, and
        `r2` and `r2_spread` (over deals of the families to folds) of all features, of the run's vectors and
        of the numbers alone, of the locked encoders' vectors without and with the numbers, and of the mean.

    Raises:
        LooseleafError: if the dataset is not mined, there is no such run, file or column, no document has a
            number, or a number has no logarithm.
    """
    if not out.endswith((".parquet", ".csv")):
        raise LooseleafError(f"{out} is neither .parquet nor .csv: name a file that ends so.")
    build = latest_build(dataset) if exists(dataset) else None
    if build is None or "embeddings" not in build.tables:
        raise LooseleafError(f"Dataset {dataset} has no embeddings: run `looseleaf mine {dataset}` first.")
    documents = _documents(dataset, build.build_id)
    own = _pooled(documents, embed_run(run, newest_shards(dataset)))
    numbers = _numbers(dataset, build.build_id, documents)
    table = pa.table(
        {name: [row[name] for row in documents.rows] for name in ("doc_id", "uri", "family")}
        | {name: list(vectors) for name, vectors in (own | {"numbers": numbers}).items()}
    )
    write_table(table, "parquet" if out.endswith(".parquet") else "csv", out)
    found: dict[str, Any] = {"out": out, "documents": table.num_rows}
    if target is None:
        return found
    wanted = _target(target, documents, log)
    used = np.flatnonzero(np.isfinite(wanted))
    if not len(used):
        raise LooseleafError(f"No document of {dataset} has a number in {target}: check its key column.")
    families = [documents.rows[number]["family"] or documents.rows[number]["doc_id"] for number in used]
    version = build.tables["embeddings"]
    raw = _pooled(documents, stored_batches(dataset, version))
    compared = {
        "features": [*own.values(), numbers],
        "run": list(own.values()),
        "numbers": [numbers],
        "locked encoders": list(raw.values()),
        "locked encoders, numbers": [*raw.values(), numbers],
        "mean": [],
    }
    scores = {
        name: repeated_r2([block[used] for block in blocks], wanted[used], families)
        for name, blocks in compared.items()
    }
    return found | {
        "target": target,
        "used": len(used),
        "families": len(set(families)),
        "r2": {name: score.mean for name, score in scores.items()},
        "r2_spread": {name: score.spread for name, score in scores.items()},
    }


def _numbers(dataset: str, build_id: str, documents: Documents) -> NDArray[np.float64]:
    """Return what the numbers of each document say, in its text and in its pictures, [D, d]."""
    held, number_of = read_dataset(dataset, build_id), documents.number_of
    said = [
        [found for statement in report.statements for found in quantities(statement)]
        for report in held.reports
    ]
    for figure in held.figures:
        said[figure.report] += [found for line in figure.lines for found in quantities(line)]
    table = summaries(said)
    order = np.argsort([number_of[report.doc_id] for report in held.reports])
    return table[order]


def _documents(dataset: str, build_id: str) -> Documents:
    with connect(dataset, build_id) as connection:
        asked = connection.execute("select doc_id, uri, path, family from kept_documents order by doc_id")
        names = ("doc_id", "uri", "path", "family")
        rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
        number_of = {row["doc_id"]: number for number, row in enumerate(rows)}
        showing: dict[str, list[int]] = {}
        for doc_id, image_id in connection.execute(_FIGURES).fetchall():
            showing.setdefault(image_id, []).append(number_of[doc_id])
    return Documents(rows, showing)


def _pooled(
    documents: Documents, batches: Iterable[pa.Table | pa.RecordBatch]
) -> dict[str, NDArray[np.float64]]:
    """Return the mean vector of each document's images and of its texts [D, d]; zero where it has none."""
    held = list(batches)
    number_of = documents.number_of
    modalities: dict[str, Modality] = {"images": "pixels", "texts": "text"}
    out: dict[str, NDArray[np.float64]] = {}
    for name, modality in modalities.items():
        sums: NDArray[np.float64] | None = None
        counts = np.zeros(len(documents.rows))
        for rows, vectors in rows_of(held, modality):
            sums = np.zeros((len(documents.rows), vectors.shape[1])) if sums is None else sums
            for row, vector in zip(rows, vectors, strict=True):
                if modality == "pixels":
                    owners = documents.showing.get(row["image_id"], [])
                else:
                    owners = [number_of[row["doc_id"]]] if row["doc_id"] in number_of else []
                sums[owners] += vector
                counts[owners] += 1
        if sums is not None:
            out[name] = sums / np.maximum(counts, 1)[:, None]
    return out


def _target(target: str, documents: Documents, log: bool) -> NDArray[np.float64]:
    """Return the target of each document [D]; NaN where it has none."""
    file, _, column = target.rpartition(":")
    if not file or not column:
        raise LooseleafError(f"{target} is no target: give FILE:COLUMN, such as results.csv:peak_stress.")
    table = _read(file)
    key = next((name for name in _KEYS if name in table.column_names), None)
    if key is None or column not in table.column_names:
        missing = f"column {column}" if key is not None else f"key column ({', '.join(_KEYS)})"
        raise LooseleafError(f"{file} has no {missing}: its columns are {', '.join(table.column_names)}.")
    try:
        values = table[column].cast(pa.float64()).to_pylist()
    except pa.ArrowInvalid as error:
        raise LooseleafError(f"Column {column} of {file} holds more than numbers ({error}).") from error
    known = dict(zip(table[key].to_pylist(), values, strict=True))
    found = [known.get(row[key]) for row in documents.rows]
    numbers = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
    if log and bool((numbers <= 0).any()):
        raise LooseleafError(f"Column {column} of {file} has numbers that are not positive: leave --log out.")
    return np.log(numbers) if log else numbers


def _read(file: str) -> pa.Table:
    if not exists(file):
        raise LooseleafError(f"There is no file {file}: check the path of the target.")
    filesystem, path = arrow_filesystem(file)
    try:
        with filesystem.open_input_file(path) as stream:
            return pq.read_table(stream) if file.endswith(".parquet") else pa.csv.read_csv(stream)
    except pa.ArrowInvalid as error:
        raise LooseleafError(f"{file} is neither CSV nor Parquet ({error}).") from error
