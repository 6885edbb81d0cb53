"""What people said of mined pairs, as mining asks for it: by members, whichever way round."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.mine.load import table_batches
from pipeline.mine.members import NONE, Ints, Members
from storage.marks import FALSE, TRUE, newest_of_pairs

_COLUMNS = (
    *("doc_id", "position", "negative_doc_id", "negative_position"),
    *("mark_id", "verdict", "marked_at"),
)


class Marked:
    """Says which pairs of members a person called false negatives, and which true ones.

    A picture that stands in several places is one: what is said of it in one place holds in all.

    Args:
        members: who is where.
        false: pairs of members [P, 2].
        true: pairs of members [P, 2].
    """

    def __init__(self, members: Members, false: Ints, true: Ints) -> None:
        self._members = members
        self._false = np.unique(self._keys(false[:, 0], false[:, 1]))
        self._true = np.unique(self._keys(true[:, 0], true[:, 1]))

    def false(self, first: Ints, second: Ints) -> npt.NDArray[np.bool_]:
        """Return which pairs of members were called false negatives."""
        return np.isin(self._keys(first, second), self._false)

    def true(self, first: Ints, second: Ints) -> npt.NDArray[np.bool_]:
        """Return which pairs of members were called true negatives."""
        return np.isin(self._keys(first, second), self._true)

    def _keys(self, first: Ints, second: Ints) -> Ints:
        one, other = self._unit(first), self._unit(second)
        return np.minimum(one, other) * len(self._members) + np.maximum(one, other)

    def _unit(self, at: Ints) -> Ints:
        image = self._members.image[at]
        places = self._members.first_of_image
        if not len(places):
            return at
        return np.where(image != NONE, places[np.maximum(image, 0)], at)


def read_marked(dataset: str, names: Sequence[str], members: Members) -> Marked | None:
    """Return the marks in some files of the table `marks`; None without any file.

    Marks of what is no member any more are left out.
    """
    if not names:
        return None
    rows = [row for batch in table_batches(dataset, "marks", names, _COLUMNS) for row in batch.to_pylist()]
    newest = newest_of_pairs(rows)
    pairs = {verdict: _pairs(newest, verdict, members) for verdict in (FALSE, TRUE)}
    return Marked(members, pairs[FALSE], pairs[TRUE])


def _pairs(rows: Sequence[dict[str, object]], verdict: str, members: Members) -> Ints:
    chosen = [row for row in rows if row["verdict"] == verdict]
    ends = [
        members.places.find(
            pa.array([row[f"{end}doc_id"] for row in chosen], pa.string()),
            pa.array([row[f"{end}position"] for row in chosen], pa.int32()),
        )
        for end in ("", "negative_")
    ]
    found = np.stack(ends, axis=1)
    return found[(found != NONE).all(axis=1)]
