"""Writes what a site repeats into the elements: the mark, and a score that says how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

#: A mark has at least this score: the scale of `boilerplate_score` is cut here.
THRESHOLD = 0.5
#: Shares are told in steps of this size: one page more must not change the score of all others.
_STEPS = 20

#: What a chunk's inputs hold: for each page its id, and positions with the share of pages.
Repeated = Sequence[tuple[str, Sequence[tuple[int, float]]]]


def as_inputs(pages: Mapping[str, Mapping[int, float]]) -> list[list[Any]]:
    """Return what repeats, by page and position, as it can be written as JSON; equal for equal content."""
    return [
        [doc_id, [[position, round(share * _STEPS) / _STEPS] for position, share in sorted(found.items())]]
        for doc_id, found in sorted(pages.items())
        if found
    ]


def mark_repeated(elements: pa.Table, repeated: Repeated) -> pa.Table:
    """Return `elements` with the repeated ones marked as boilerplate.

    Args:
        elements: rows of the table of that name.
        repeated: what `as_inputs` gave. A share of the pages becomes a score between the threshold and 1; a
            higher score that the page alone gave stays.
    """
    if not repeated:
        return elements
    shares = {(doc_id, position): share for doc_id, found in repeated for position, share in found}
    keys = zip(elements["doc_id"].to_pylist(), elements["position"].to_pylist(), strict=True)
    found = [shares.get(key) for key in keys]
    marks = [
        bool(marked) or share is not None
        for marked, share in zip(elements["boilerplate"].to_pylist(), found, strict=True)
    ]
    scores = [
        score if share is None else max(score or 0.0, THRESHOLD + (1.0 - THRESHOLD) * share)
        for score, share in zip(elements["boilerplate_score"].to_pylist(), found, strict=True)
    ]
    for name, values in (("boilerplate", marks), ("boilerplate_score", scores)):
        field = elements.schema.field(name)
        column = pa.array(values, field.type)
        elements = elements.set_column(elements.schema.get_field_index(name), field, column)
    return elements
