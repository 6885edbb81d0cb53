"""Rare terms that an image and a section share: tf-idf with the idf of their own document.

The score of an image and a column (a section, a text) is Σ_t field(t) idf(t) tf(t), where field(t) is the
weight of the field of the image that holds the term (the heaviest one counts), idf(t) = log(columns / columns
that hold t) within the document, and tf(t) is BM25's saturated, length-normalised frequency in the column
(Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"). A term of every
column weighs nothing, and so do stop words without any list of them. A term of the column's title counts as
several (BM25F: Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple weighted fields"). A
term that many images of the document carry, as a common prefix of their file names, weighs less.
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

from training.metrics.pairs import offsets_of, set_ids
from training.metrics.problems import LinkProblem
from training.units.terms import terms

_K1 = 1.2
_B = 0.5
#: A term's idf counts with this power: a rare term says more than two common ones.
_RARITY = 1.5
#: How often a term of a title counts.
_TITLE = 4.0


@dataclass(frozen=True)
class TermWeights:
    """Sparse weights over one vocabulary: an image's terms times a column's, summed, is their score."""

    vocabulary: tuple[str, ...]
    images: Any  # csr [ΣM, terms]: field weight, less for what many images of the document carry
    columns: Any  # csr [columns, terms]: idf times saturated frequency


@dataclass(frozen=True)
class Field:
    """One field of every image: its texts, ΣM of them (empty where an image has none), and its weight."""

    texts: Sequence[str]
    weight: float = 1.0


def term_weights(
    problem: LinkProblem,
    fields: Sequence[Field],
    texts: Sequence[str],
    titles: Sequence[str] = (),
    *,
    corpus: bool = False,
) -> TermWeights:
    """Weigh the terms of images and columns.

    Args:
        problem: whose columns are scored; its truth is not read.
        fields: of the images.
        texts: ΣN of them.
        titles: of the section of each text, ΣN of them; a column has the title of its first text. None where
            columns are no sections.
        corpus: take the idf over the columns of all documents, as for a search among all of them.
    """
    vocabulary: dict[str, int] = {}
    of_text = _counts([terms(text) for text in texts], vocabulary)
    counts = _selection(problem, len(texts)) @ of_text
    if len(titles):
        first = problem.members[problem.member_offsets[:-1]].tolist()
        of_title = _counts([terms(titles[index]) for index in first], vocabulary)
        counts.resize(of_title.shape)
        counts = counts + _TITLE * of_title
    held = _less_common(_of_images(fields, vocabulary, counts.shape[1]), problem.image_offsets)
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


def _less_common(held: Any, offsets: NDArray[np.int64]) -> Any:
    """Multiply weights by sqrt(log((m + 1) / n) / log(m + 1)); n of a document's m images hold the term."""
    rows = np.repeat(np.arange(held.shape[0]), np.diff(held.indptr))
    document = set_ids(offsets)[rows]
    _, term, many = np.unique(
        document * held.shape[1] + held.indices, return_inverse=True, return_counts=True
    )
    images = np.diff(offsets)[document] + 1.0
    held.data = held.data * np.sqrt(np.log(images / many[term]) / np.log(images))
    return held


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
