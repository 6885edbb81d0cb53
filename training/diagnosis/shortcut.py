"""Documents found, links not."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import Space
from training.metrics.checks import Floats, Integers, unit_rows
from training.metrics.pairs import set_ids
from training.metrics.retrieval import corpus_retrieval

_SUSPECTED, _FOUND = 0.58, 0.54
#: Share of the documents that must be found by their images for a shortcut to be the reason.
_NEAR_PERFECT = 0.8
_LEAST_DOCUMENTS = 10


def shortcut(space: Space, auc: float, documents: float) -> Finding | None:
    """Look for a topic or site shortcut: a document is told by its topic, and its links are never learned.

    The value is the AUC within documents after double centring, counted only if the mean image of at least
    80 % of the documents is nearest to the mean text of their own one. The contrast is then solved, nothing
    is left that would teach which image belongs to which text (shortcut learning: Geirhos et al. 2020).

    Args:
        space: held-out documents.
        auc: `in_doc_auc_dc` of the same documents.
        documents: how many entered it.
    """
    if np.isnan(auc) or documents < _LEAST_DOCUMENTS:
        return None
    layout = space.corpus.layout
    images = _means(space.images, layout.image_offsets)
    texts = _means(space.texts, layout.text_offsets)
    own = np.arange(len(images))
    found = corpus_retrieval(images, texts, (own, own), (1,)).recall[1]
    return judged(
        "shortcut",
        auc if found >= _NEAR_PERFECT else max(auc, _SUSPECTED + 0.01),
        _SUSPECTED,
        _FOUND,
        f"{100 * found:.0f} % of {len(images)} documents are found by their images, but within one the "
        f"AUC is {100 * auc:.1f} (chance 50).",
        "Let documents of one topic or site meet in a batch (mined order, smaller topics), "
        "or add the intra-document objective.",
    )


def _means(vectors: Floats, offsets: Integers) -> Floats:
    units = unit_rows(vectors)
    sums = np.zeros((len(offsets) - 1, units.shape[1]))
    np.add.at(sums, set_ids(offsets), units)
    return unit_rows(sums)
