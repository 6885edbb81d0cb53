"""The similarity matrices of held-out documents at several moments of a training, for the slider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flows.report.links import shortened
from flows.report.subject import ask
from flows.report.thumbnails import TINY, thumbnails
from storage.filesystem import join, list_sizes
from training.metrics.links import grouped_auc
from training.run_directory import read_json

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class MatrixImage:
    """A row's label."""

    words: str
    uri: str | None


@dataclass(frozen=True)
class Matrix:
    """One document's cosines, images by texts, over the steps."""

    title: str
    source: str
    truth_kind: str  # links or sections
    images: list[MatrixImage]
    texts: list[str]
    truth: list[list[bool]]
    shades: list[list[list[int]]]  # [steps, images, texts], 0 the least and 100 the most of all steps
    cosines: list[list[list[float]]]  # of the same shape
    aucs: list[float]  # in points, for each step


@dataclass(frozen=True)
class Sharpening:
    """The whole section."""

    steps: list[int]
    matrices: list[Matrix]


def gather_matrices(run: str, sql: DuckDBPyConnection | None) -> Sharpening | None:
    """Read a run's `similarity/*.json`; None if there is none."""
    names = sorted(name for name in list_sizes(join(run, "similarity")) if name.endswith(".json"))
    moments = sorted(
        (read_json(run, "similarity", name) for name in names), key=lambda moment: moment["step"]
    )
    if not moments or not moments[-1]["documents"]:
        return None
    matrices = [
        _matrix([moment["documents"][index] for moment in moments], sql)
        for index in range(len(moments[-1]["documents"]))
    ]
    return Sharpening([moment["step"] for moment in moments], matrices)


def _matrix(states: list[dict[str, Any]], sql: DuckDBPyConnection | None) -> Matrix:
    last = states[-1]
    cosines = np.array([state["matrix"] for state in states], dtype=np.float64)
    truth = np.array(last["truth"], dtype=bool)
    low, high = float(cosines.min()), float(cosines.max())
    shades = np.rint(100 * (cosines - low) / max(high - low, 1e-9)).astype(int)
    ids = [image["image_id"] for image in last["images"]]
    pictures = thumbnails(sql, ids, TINY) if sql else {}
    return Matrix(
        title=_title(sql, last["doc_id"]),
        source=last["source"],
        truth_kind=last["truth_kind"],
        images=[MatrixImage(image["words"], pictures.get(image["image_id"])) for image in last["images"]],
        texts=[shortened(text["text"], 240) for text in last["texts"]],
        truth=truth.tolist(),
        shades=shades.tolist(),
        cosines=np.round(cosines, 3).tolist(),
        aucs=[round(100 * _auc(step, truth), 1) for step in cosines],
    )


def _auc(cosines: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    return float(grouped_auc(cosines.ravel(), truth.ravel(), np.zeros(truth.size, np.int64), 1)[0])


def _title(sql: DuckDBPyConnection | None, doc_id: str) -> str:
    query = "select coalesce(title, path) as title from documents where doc_id = $doc_id"
    rows = ask(sql, query, {"doc_id": doc_id}) if sql else []
    return rows[0]["title"] if rows else doc_id
