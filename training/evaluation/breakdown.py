"""Where a model is good and where not: documents by source, language, size and how rare their terms are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.shards import ShardReader
from training.data import usable_documents
from training.evaluation.corpus import Corpus
from training.evaluation.interval import bootstrap_interval
from training.evaluation.row import without_nan
from training.units.terms import terms

#: Fewer measured documents than this say too little for a mean.
LEAST_DOCUMENTS = 20
#: Upper bounds of a document's image-text pairs.
_PAIRS = (10, 30, 100, 300)
_AT_ONCE = 256

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """Some documents of a corpus of B."""

    kind: str  # source, language, set size or frequency
    name: str
    chosen: Mask  # [B]


def document_slices(corpus: Corpus, reader: ShardReader, trained_on: ShardReader) -> list[Slice]:
    """Cut a corpus by source, by language, by its pairs of images and texts, and by how rare its terms are.

    Args:
        corpus: documents of `reader`.
        reader: the shards that are measured on.
        trained_on: the shards whose training split says which terms are rare.
    """
    found = [Slice("source", name, chosen) for name, chosen in _by_value(corpus.sources)]
    found += [Slice("language", name or "not known", chosen) for name, chosen in _by_value(corpus.languages)]
    found += _by_size(corpus)
    return found + _by_frequency(term_frequencies(corpus, reader, trained_on))


def term_frequencies(corpus: Corpus, reader: ShardReader, trained_on: ShardReader) -> Floats:
    """Return in how many training documents the median term of each document stands, [B].

    Args:
        corpus: B documents of `reader`.
        reader: the shards that are measured on.
        trained_on: the shards whose training split is counted.
    """
    counts: Counter[str] = Counter()
    for known in _terms_of(trained_on, usable_documents(trained_on, "train")):
        counts.update(known)
    return np.array(
        [
            np.median([counts[term] for term in asked]) if asked else np.nan
            for asked in _terms_of(reader, corpus.documents)
        ]
    )


def broken_down(slices: Sequence[Slice], scores: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """Return the mean of each score over the documents of each slice, ready for JSON.

    Args:
        slices: of B documents.
        scores: name -> [B], NaN where a document was not measured.

    Returns:
        For each slice `kind`, `name`, `documents` (the most that any score measured), `too_small`, and
        `rows`: name -> mean, low, high (a 95 % bootstrap interval over documents), which are null where the
        slice is too small to say them.
    """
    return [_row(one, scores) for one in slices]


def _row(one: Slice, scores: Mapping[str, Floats]) -> dict[str, Any]:
    values = {name: of_all[one.chosen] for name, of_all in scores.items()}
    documents = max((int((~np.isnan(some)).sum()) for some in values.values()), default=0)
    too_small = documents < LEAST_DOCUMENTS
    none = np.full(1, np.nan)
    rows = {
        name: without_nan(asdict(bootstrap_interval(none if too_small else some)))
        for name, some in values.items()
    }
    return {
        "kind": one.kind,
        "name": one.name,
        "documents": documents,
        "too_small": too_small,
        "rows": rows,
    }


def _by_value(values: NDArray[np.str_]) -> Iterator[tuple[str, Mask]]:
    for value in np.unique(values).tolist():
        yield value, values == value


def _by_size(corpus: Corpus) -> list[Slice]:
    layout = corpus.layout
    pairs = np.diff(layout.image_offsets) * np.diff(layout.text_offsets)
    place = np.searchsorted(_PAIRS, pairs)
    names = [
        f"up to {_PAIRS[0]} pairs",
        *(f"{low + 1} to {high}" for low, high in pairwise(_PAIRS)),
        f"over {_PAIRS[-1]}",
    ]
    return [Slice("set size", name, place == at) for at, name in enumerate(names) if (place == at).any()]


def _by_frequency(frequencies: Floats) -> list[Slice]:
    """Cut into thirds; where terms are equally rare there are fewer."""
    known = frequencies[~np.isnan(frequencies)]
    if not len(known):
        return []
    first, second = np.quantile(known, [1 / 3, 2 / 3]).tolist()
    cut = [
        (f"rare (in ≤ {first:.0f})", frequencies <= first),
        (f"between (in ≤ {second:.0f})", (frequencies > first) & (frequencies <= second)),
        (f"common (in > {second:.0f})", frequencies > second),
    ]
    return [Slice("frequency", name, chosen) for name, chosen in cut if chosen.any()]


def _terms_of(reader: ShardReader, documents: NDArray[np.int64]) -> Iterator[set[str]]:
    for start in range(0, len(documents), _AT_ONCE):
        batch = reader.batch(documents[start : start + _AT_ONCE])
        texts, offsets = batch.texts, batch.text_offsets.tolist()
        for begin, end in pairwise(offsets):
            yield {term for text in texts[begin:end] for term in terms(text)}
