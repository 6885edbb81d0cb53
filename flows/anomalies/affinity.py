"""How near a run's model puts figures to documents."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from flows.anomalies.read import Dataset
from flows.searching.vectors import rows_of
from training.anomalies.measures import Affinity
from training.run_encoder import embed_run

#: A figure belongs to a few texts of its document, and not to all of them.
_NEAREST_TEXTS = 3


def run_affinity(run: str, shards: str, dataset: Dataset) -> Affinity:
    """Return the mean cosine of a figure's pixels with the three nearest texts of documents, as a function.

    It is zero where either has no vector.

    Raises:
        LooseleafError: if there is no such run.
    """
    held = list(embed_run(run, shards))
    pixels: dict[str, NDArray[np.float32]] = {}
    for rows, vectors in rows_of(held, "pixels"):
        pixels |= {row["image_id"]: vector for row, vector in zip(rows, vectors, strict=True)}
    of_document: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for rows, vectors in rows_of(held, "text"):
        for row, vector in zip(rows, vectors, strict=True):
            of_document[row["doc_id"]].append(vector)
    texts = {doc_id: np.stack(vectors) for doc_id, vectors in of_document.items()}

    def affinity(figure: int, documents: NDArray[np.int64]) -> NDArray[np.float64]:
        seen = pixels.get(dataset.places[figure].image_id)
        found = np.zeros(len(documents))
        for column, document in enumerate(documents.tolist()):
            read = texts.get(dataset.reports[document].doc_id)
            if seen is not None and read is not None:
                found[column] = float(np.sort(read @ seen)[-_NEAREST_TEXTS:].mean())
        return found

    return affinity
