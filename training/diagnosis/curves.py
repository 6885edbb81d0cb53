"""What the checks of vectors rest on, in a few numbers that can be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.diagnosis.alignment import true_pairs
from training.diagnosis.hubness import hubs_in
from training.diagnosis.measured import Space, thinned
from training.metrics.checks import Floats, unit_rows

_BINS = 24


@dataclass(frozen=True)
class Histogram:
    """Shares of each of several groups between common edges."""

    edges: list[float]  # bins + 1
    shares: dict[str, list[float]]  # name -> bins, adding up to one


@dataclass(frozen=True)
class Curves:
    """Curves of one space of vectors; what cannot be measured is empty."""

    spectra: dict[str, list[float]]  # singular values of centred rows over the largest one, descending
    gap: Histogram  # along the line from the mean text to the mean image
    pairs: Histogram  # cosines of true pairs, and of any image and text
    neighbours: int  # k of the k-occurrence
    occurrences: list[float]  # share of the images that have a text among their k nearest, descending to 0


def curves_of(space: Space) -> Curves:
    """Measure what the checks of a space rest on: spectra, gap, cosines of pairs and k-occurrences."""
    spectra: dict[str, list[float]] = {}
    for name, vectors, features in space.modalities:
        for label, rows in ((name, unit_rows(vectors)), (f"{name}: encoder", features)):
            if rows.shape[-1]:
                spectra[label] = _spectrum(rows)
    neighbours, occurrences = 0, np.empty(0)
    hubs = hubs_in(space)
    if hubs is not None:
        neighbours = hubs.neighbours
        occurrences = -np.sort(-hubs.occurrences) / len(thinned(space.images))
    return Curves(spectra, _gap(space), _pairs(space), neighbours, _rounded(occurrences[occurrences > 0]))


def _spectrum(rows: Floats) -> list[float]:
    centred = np.asarray(rows, dtype=np.float64) - rows.mean(axis=0)
    values = np.sqrt(np.clip(np.linalg.eigvalsh(centred.T @ centred)[::-1], 0.0, None))
    return _rounded(values / max(float(values.max(initial=0.0)), 1e-12))


def _gap(space: Space) -> Histogram:
    if not len(space.images) or not len(space.texts):
        return Histogram([], {})
    seen, read = unit_rows(space.images), unit_rows(space.texts)
    line = unit_rows((seen.mean(axis=0) - read.mean(axis=0))[None])[0]
    return _histogram({"images": seen @ line, "texts": read @ line})


def _pairs(space: Space) -> Histogram:
    rows, columns = true_pairs(space.corpus)
    seen, read = unit_rows(space.images), unit_rows(space.texts)
    anyone = thinned(seen, 500) @ thinned(read, 500).T
    return _histogram({"true pairs": (seen[rows] * read[columns]).sum(axis=1), "any pair": anyone.ravel()})


def _histogram(groups: dict[str, Floats]) -> Histogram:
    values = np.concatenate(list(groups.values()))
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    edges = np.linspace(low, max(high, low + 1e-6), _BINS + 1)
    shares = {
        name: _rounded(np.histogram(some, edges)[0] / max(len(some), 1)) for name, some in groups.items()
    }
    return Histogram(_rounded(edges), shares)


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.4g}") for value in values.tolist()]
