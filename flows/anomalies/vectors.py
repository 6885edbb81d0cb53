"""A run's vectors of a dataset: how near its model puts figures to documents, and which patches say so."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.anomalies.read import Dataset
from flows.evidence import image_bytes, speaking_part
from flows.searching.vectors import Vector, rows_of
from storage.queries import connect
from training.run_encoder import RunModel, embed_run, load_run

#: A figure belongs to a few texts of its document, and not to all of them.
_NEAREST_TEXTS = 3


@dataclass(frozen=True)
class RunVectors:
    """Unit vectors in a run's space: of pixels by image_id, [d], and of each document's texts, [N, d]."""

    dataset: Dataset
    run: RunModel
    pixels: dict[str, Vector]
    texts: dict[str, NDArray[np.float32]]

    def affinity(self, figure: int, documents: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the mean cosine of a figure with the three nearest texts of documents, [D]; zero if none."""
        seen = self.pixels.get(self.dataset.places[figure].image_id)
        found = np.zeros(len(documents))
        for column, document in enumerate(documents.tolist()):
            read = self.texts.get(self.dataset.reports[document].doc_id)
            if seen is not None and read is not None:
                found[column] = float(np.sort(read @ seen)[-_NEAREST_TEXTS:].mean())
        return found

    def nearest_text(self, figure: int, document: int) -> Vector | None:
        """Return the vector of the text of a document that is nearest to a figure, [d]."""
        seen = self.pixels.get(self.dataset.places[figure].image_id)
        read = self.texts.get(self.dataset.reports[document].doc_id)
        if seen is None or read is None:
            return None
        nearest: Vector = read[int((read @ seen).argmax())]
        return nearest


def run_vectors(run: str, shards: str, dataset: Dataset) -> RunVectors:
    """Encode a dataset by a run.

    Raises:
        LooseleafError: if there is no such run.
    """
    held = list(embed_run(run, shards))
    pixels: dict[str, Vector] = {}
    for rows, vectors in rows_of(held, "pixels"):
        pixels |= {row["image_id"]: vector for row, vector in zip(rows, vectors, strict=True)}
    of_document: dict[str, list[Vector]] = defaultdict(list)
    for rows, vectors in rows_of(held, "text"):
        for row, vector in zip(rows, vectors, strict=True):
            of_document[row["doc_id"]].append(vector)
    texts = {doc_id: np.stack(vectors) for doc_id, vectors in of_document.items()}
    return RunVectors(dataset, load_run(run), pixels, texts)


def speaking_patch(vectors: RunVectors, address: str, figure: int, other: int) -> str | None:
    """Say which part of a picture speaks most for the text of another document, and against its own.

    Args:
        vectors: of the run.
        address: of the dataset, for the picture's bytes.
        figure: the figure.
        other: the document that it is nearer to.

    Returns:
        A sentence, or None where the run's encoder or head does not share its score out over patches.
    """
    own = vectors.nearest_text(figure, vectors.dataset.figures[figure].report)
    theirs = vectors.nearest_text(figure, other)
    if own is None or theirs is None:
        return None
    with connect(address) as connection:
        part = speaking_part(
            vectors.run,
            image_bytes(connection, vectors.dataset.places[figure].image_id),
            theirs - own,
        )
    return part and f"The {part} of the picture speaks most for the text of the other document."
