"""One row of the metrics table: a score measured against what is true of a corpus.

Where the true links are known, an image is asked for its texts; elsewhere, for the section that it stands in.
The order of a document is hidden: scores see vectors, never positions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation.corpus import Corpus
from training.metrics.documents import document_retrieval, orphan_auroc
from training.metrics.geometry import effective_rank, modality_gap
from training.metrics.links import LinkMetrics, link_metrics
from training.metrics.problems import (
    LinkProblem,
    caption_links,
    cosine_scores,
    length_scores,
    section_links,
    text_links,
)
from training.metrics.retrieval import Retrieval, problem_retrieval

Floats = NDArray[np.floating[Any]]
Row = dict[str, float]
KS = (1, 5, 10)

#: Which count weighs a number when slices are joined.
_WEIGHTS = {"in_doc_auc_dc_apart": "apart_documents", "in_doc": "documents", "caption": "caption_documents"}


def vector_row(corpus: Corpus, images: Floats, texts: Floats) -> Row:
    """Measure vectors by their cosines.

    Args:
        corpus: documents with one kind of truth: links known for all of them or for none.
        images: [ΣM, d].
        texts: [ΣN, d].

    Returns:
        The row; a number that cannot be measured is NaN.
    """
    row = score_row(corpus, lambda problem: cosine_scores(problem, images, texts))
    problem = own_problem(corpus)
    there, back = problem_retrieval(problem, images, texts, KS)
    row |= _recall_row(there, back)
    found = document_retrieval(
        images, texts, corpus.layout.image_offsets, corpus.layout.text_offsets, ks=(1, 10)
    )
    row |= {
        "orphan_auroc": orphan_auroc(
            cosine_scores(problem, images, texts),
            problem.truth,
            problem.image_offsets,
            problem.column_offsets,
        ),
        "document_recall": found.recall[1],
        "document_recall_at_10": found.recall[10],
    }
    row |= {
        "modality_gap": modality_gap(images, texts),
        "effective_rank": effective_rank(images),
        "effective_rank_texts": effective_rank(texts),
    }
    return row


def length_row(corpus: Corpus) -> Row:
    """Measure the length of a section (of a text, where links are known) in words as a score."""
    return score_row(corpus, lambda problem: length_scores(problem, corpus.text_words))


def joined(rows: Sequence[Row]) -> Row:
    """Join rows of disjoint documents: means weighted by the documents or queries that were measured."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    counts = {name for name in names if name.endswith(("documents", "queries"))}
    whole: Row = {}
    for name in names:
        if name in counts:
            whole[name] = sum(row.get(name, 0) for row in rows)
            continue
        weight = next((count for prefix, count in _WEIGHTS.items() if name.startswith(prefix)), "queries")
        parts = [(row[name], row.get(weight, 0)) for row in rows if name in row and not math.isnan(row[name])]
        total = sum(count for _, count in parts)
        whole[name] = sum(value * count for value, count in parts) / total if total else math.nan
    return whole


def over_seeds(rows: Sequence[Row]) -> Row:
    """Return the mean of each number over seeds, and its spread (standard deviation) as `<name>_spread`."""
    table: Row = {"seeds": len(rows)}
    for name in rows[0]:
        values = np.array([row[name] for row in rows], dtype=np.float64)
        table[name] = float(values.mean())
        if not name.endswith(("documents", "queries")):
            table[f"{name}_spread"] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return table


def without_nan(row: Mapping[str, float]) -> dict[str, float | None]:
    """Return a row that JSON can hold: what could not be measured is null."""
    return {name: None if math.isnan(value) else value for name, value in row.items()}


def own_problem(corpus: Corpus) -> LinkProblem:
    """Return what is asked of documents of one kind of truth: their known links, or else their sections."""
    if corpus.has_links.all() and len(corpus.has_links):
        return text_links(corpus.layout, corpus.link)
    return section_links(corpus.layout)


def score_row(corpus: Corpus, score: Callable[[LinkProblem], Floats]) -> Row:
    """Measure any score of the pairs of a problem within documents.

    Args:
        corpus: documents with one kind of truth.
        score: gives [Σ images x columns] for links to texts, to sections and to captions.
    """
    problem = own_problem(corpus)
    links = _measured(problem, score)
    row = {
        "in_doc_auc": links.auc,
        "in_doc_auc_dc": links.auc_dc,
        "in_doc_auc_dc_apart": links.auc_dc_apart,
        "in_doc_p_at_1": links.p_at_1,
        "in_doc_p_at_5": links.p_at_5,
        "in_doc_accuracy": links.accuracy,
        "documents": links.documents,
        "apart_documents": links.apart,
    }
    if not corpus.has_links.any():
        # Sections without an image are easy to tell apart: what is left without them?
        row["in_doc_auc_dc_with_image"] = _measured(section_links(corpus.layout, True), score).auc_dc
    captions = _measured(caption_links(corpus.layout), score)
    return row | {
        "caption_auc": captions.auc,
        "caption_auc_dc": captions.auc_dc,
        "caption_p_at_1": captions.p_at_1,
        "caption_documents": captions.documents,
    }


def _measured(problem: LinkProblem, score: Callable[[LinkProblem], Floats]) -> LinkMetrics:
    return link_metrics(score(problem), problem.truth, problem.image_offsets, problem.column_offsets)


def _recall_row(there: Retrieval, back: Retrieval) -> Row:
    row: Row = {"queries": there.queries + back.queries}
    for k in KS:
        row[f"corpus_recall_at_{k}"] = (there.recall[k] + back.recall[k]) / 2
        row[f"image_to_text_recall_at_{k}"] = there.recall[k]
        row[f"text_to_image_recall_at_{k}"] = back.recall[k]
    row["image_to_text_median_rank"] = there.median_rank
    row["text_to_image_median_rank"] = back.median_rank
    return row
