"""A split cut into slices: by the kind of truth, and by source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.evaluation.corpus import Corpus, Selection
from training.evaluation.row import Row, joined

#: (selection) -> the row of its documents, all of one kind of truth.
Measure = Callable[[Selection], Row]


@dataclass(frozen=True)
class SlicedRow:
    """A row over all documents, and one for each slice: `links`, `sections`, `source:<name>`."""

    whole: Row
    slices: dict[str, Row]


def sliced_row(corpus: Corpus, measure: Measure) -> SlicedRow:
    """Measure each slice of a corpus.

    The row over all documents joins the two kinds of truth: every document counts once, by its own kind.
    """
    kinds = {"links": corpus.has_links, "sections": ~corpus.has_links}
    slices = {kind: measure(corpus.select(chosen)) for kind, chosen in kinds.items() if chosen.any()}
    whole = joined(list(slices.values()))
    for source in np.unique(corpus.sources).tolist():
        mine = corpus.sources == source
        slices[f"source:{source}"] = joined(
            [measure(corpus.select(mine & chosen)) for chosen in kinds.values() if (mine & chosen).any()]
        )
    return SlicedRow(whole, slices)
