"""How well the links of each single document are found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.evaluation.corpus import Corpus
from training.evaluation.row import own_problem
from training.metrics.checks import Floats
from training.metrics.links import document_auc_dc
from training.metrics.problems import cosine_scores


def document_scores(corpus: Corpus, images: Floats, texts: Floats) -> NDArray[np.float64]:
    """Return the AUC-dc of each document by what is known of it: its links, or else its sections.

    Args:
        corpus: B documents.
        images: vectors [ΣM, d].
        texts: vectors [ΣN, d].

    Returns:
        [B]; NaN where a document has no link, or nothing else.

    Raises:
        LooseleafError: if a number is not finite.
    """
    scores = np.full(len(corpus.documents), np.nan)
    for chosen in (corpus.has_links, ~corpus.has_links):
        if chosen.any():
            some = corpus.select(chosen)
            problem = own_problem(some.corpus)
            found = cosine_scores(problem, images[some.images], texts[some.texts])
            scores[chosen] = document_auc_dc(
                found, problem.truth, problem.image_offsets, problem.column_offsets
            )
    return scores
