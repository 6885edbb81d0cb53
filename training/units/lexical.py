"""Rare terms that an image and a section share: tf-idf with the idf of their own document.

The score of an image and a column (a section, a text) is Σ_t field(t) idf(t) tf(t), where field(t) is the
weight of the field of the image that holds the term (the heaviest one counts), idf(t) = log(columns / columns
that hold t) within the document, and tf(t) is BM25's saturated, length-normalised frequency in the column
(Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"). A term of every
column weighs nothing, and so do stop words without any list of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.metrics.pairs import offsets_of
from training.metrics.problems import LinkProblem
from training.units.terms import terms

_K1 = 1.2
_B = 0.75
#: A term's idf counts with this power: a rare term says more than two common ones.
_RARITY = 2.0


@dataclass(frozen=True)
class TermWeights:
    """Sparse weights over one vocabulary: an image's terms times a column's, summed, is their score."""

    vocabulary: tuple[str, ...]
    images: Any  # csr [ΣM, terms]: field weight
    columns: Any  # csr [columns, terms]: idf times saturated frequency


@dataclass(frozen=True)
class Field:
    """One field of every image: its texts, ΣM of them (empty where an image has none), and its weight."""

    texts: Sequence[str]
    weight: float = 1.0


def term_weights(
    problem: LinkProblem, fields: Sequence[Field], texts: Sequence[str], *, corpus: bool = False
) -> TermWeights:
    """Weigh the terms of images and columns.

    Args:
        problem: whose columns are scored; its truth is not read.
        fields: of the images.
        texts: ΣN of them.
        corpus: take the idf over the columns of all documents, as for a search among all of them.
    """
    vocabulary: dict[str, int] = {}
    of_text = _counts([terms(text) for text in texts], vocabulary)
    counts = _selection(problem, len(texts)) @ of_text
    held = _of_images(fields, vocabulary, counts.shape[1])
    groups = offsets_of(np.array([counts.shape[0]])) if corpus else problem.column_offsets
    return TermWeights(tuple(vocabulary), held, _weighted(counts, groups))


def lexical_scores(problem: LinkProblem, weights: TermWeights) -> NDArray[np.float64]:
    """Score every image with every column of its document, in the order of `pairs.own_pairs`."""
    scores = [np.empty(0)]
    for document in range(len(problem.image_offsets) - 1):
        rows = slice(*problem.image_offsets[document : document + 2])
        columns = slice(*problem.column_offsets[document : document + 2])
        scores.append((weights.images[rows] @ weights.columns[columns].T).toarray().ravel())
    return np.concatenate(scores)


def matched_terms(weights: TermWeights, image: int, column: int) -> list[tuple[str, float]]:
    """Return the terms that an image and a column share, heaviest first; their weights sum to the score."""
    product = weights.images[image].multiply(weights.columns[column]).tocsr()
    order = np.argsort(-product.data, kind="stable")
    found = [(weights.vocabulary[product.indices[at]], float(product.data[at])) for at in order]
    return [(term, weight) for term, weight in found if weight > 0]


def _counts(lists: Sequence[Sequence[str]], vocabulary: dict[str, int]) -> Any:
    """Count terms, csr [n, terms]; new ones enter the vocabulary."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[int] = []
    for row, found in enumerate(lists):
        for term, count in Counter(found).items():
            rows.append(row)
            columns.append(vocabulary.setdefault(term, len(vocabulary)))
            values.append(count)
    return sparse.csr_matrix((values, (rows, columns)), (len(lists), len(vocabulary)), dtype=np.float64)


def _of_images(fields: Sequence[Field], vocabulary: dict[str, int], width: int) -> Any:
    """Return the field weights, csr [ΣM, width], of terms that some text holds."""
    whole: Any = None
    for field in fields:
        known = [[term for term in set(terms(text)) if term in vocabulary] for text in field.texts]
        held = _counts([sorted(found) for found in known], vocabulary) * field.weight
        held.resize((len(known), width))
        whole = held if whole is None else whole.maximum(held)
    return sparse.csr_matrix(whole)


def _selection(problem: LinkProblem, texts: int) -> Any:
    sizes = np.diff(problem.member_offsets)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, problem.members)), (len(sizes), texts))


def _weighted(counts: Any, groups: NDArray[np.int64]) -> Any:
    pieces = []
    for first, last in pairwise(groups.tolist()):
        if first == last:
            continue
        own = counts[first:last].tocsr()
        held = np.bincount(own.indices, minlength=own.shape[1])
        idf = np.log((last - first) / np.maximum(held, 1)) ** _RARITY
        length = np.asarray(own.sum(axis=1)).ravel()
        bound = _K1 * (1 - _B + _B * length / max(length.mean(), 1.0))
        each = np.repeat(bound, np.diff(own.indptr))
        own.data = own.data * (_K1 + 1) / (own.data + each) * idf[own.indices]
        pieces.append(own)
    return sparse.vstack(pieces, format="csr") if pieces else counts
