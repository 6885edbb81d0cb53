"""How near true pairs are."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import Space
from training.evaluation.corpus import Corpus
from training.metrics.checks import Integers, unit_rows
from training.metrics.geometry import alignment as alignment_of
from training.metrics.pairs import own_pairs

_SUSPECTED, _FOUND = 0.97, 1.0


def alignment(space: Space) -> Finding | None:
    """Look for true pairs that are no nearer than any image and any text (Wang and Isola 2020).

    The value is the mean squared distance of true pairs (known links, elsewhere images and texts of one
    section) as a share of that of all pairs; 1 says that nothing was aligned.
    """
    near = alignment_of(space.images, space.texts, true_pairs(space.corpus))
    images, texts = unit_rows(space.images), unit_rows(space.texts)
    # A row of zeros has no length.
    lengths = float(np.square(images).sum(axis=1).mean() + np.square(texts).sum(axis=1).mean())
    anyone = lengths - 2 * float(images.mean(axis=0) @ texts.mean(axis=0))
    return judged(
        "alignment",
        near / anyone if anyone > 1e-9 else 1.0,
        _SUSPECTED,
        _FOUND,
        f"true pairs have a mean squared distance of {near:.2f}, and any image and text {anyone:.2f}.",
        "Train longer or with a higher optimizer.lr; if nothing helps, the features do not hold the link.",
    )


def true_pairs(corpus: Corpus) -> tuple[Integers, Integers]:
    """Return image and text of each true pair, [P] each: known links, elsewhere the pairs of a section."""
    layout = corpus.layout
    rows, columns, documents = own_pairs(layout.image_offsets, layout.text_offsets)
    same = layout.image_section[rows] == layout.text_section[columns]
    true = np.where(corpus.has_links[documents], corpus.link > 0, same)
    return rows[true], columns[true]
