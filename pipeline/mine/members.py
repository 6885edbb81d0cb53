"""The members of all document groups as numbers: what mining knows without vectors, some 100 bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
#: An Arrow array; its type is what the schema says.
Column = Any

#: Stands where there is nothing: no image, no member.
NONE = -1


class Places:
    """Finds members by document and position."""

    def __init__(self, doc_ids: Sequence[str], doc: Ints, position: Ints) -> None:
        self._doc_ids = pa.array(doc_ids, pa.string())
        keys = (doc << 32) | position
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def find(self, doc_ids: Column, positions: Column) -> Ints:
        """Return the member at each place, -1 where there is none."""
        docs = _numbers(pc.index_in(doc_ids, value_set=self._doc_ids))
        if len(self._keys) == 0:
            return np.full(len(docs), NONE, dtype=np.int64)
        keys = (docs << 32) | _numbers(positions)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where((docs != NONE) & (self._keys[at] == keys), self._order[at], NONE)


class Ragged:
    """For each row of a matrix of `rows` rows, the values that belong to it."""

    def __init__(self, rows: int, row: Ints, value: Ints) -> None:
        order = np.lexsort((value, row))
        self.values = value[order]
        self.offsets = np.searchsorted(row[order], np.arange(rows + 1))

    def expand(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return (index into `rows`, value) for every value of every one of `rows`."""
        counts = self.offsets[rows + 1] - self.offsets[rows]
        index = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
        return index, self.values[self.offsets[rows][index] + within]


@dataclass(frozen=True)
class Members:
    """The images and texts of all document groups.

    A member is known by its index here. Images have codes besides, for one image can be a member of several
    documents; so have documents and groups.
    """

    doc_ids: Sequence[str]  # by document
    group_ids: Sequence[str]  # by group
    doc: Ints  # by member, as all that follow
    group: Ints
    position: Ints
    is_image: npt.NDArray[np.bool_]
    image: Ints  # code, NONE for texts
    text_class: Ints  # equal for texts of equal words, 0 for images
    places: Places
    related: Ragged  # by member: the texts that the layout gives to an image, and the other way round
    images_of_doc: Ragged  # by document: codes
    first_of_image: Ints  # by code: the first member that shows it
    image_codes: Column  # by code: image_id
    phash: npt.NDArray[np.uint64]  # by code
    has_phash: npt.NDArray[np.bool_]  # by code

    def __len__(self) -> int:
        return len(self.doc)

    def codes_of(self, image_ids: Column) -> Ints:
        """Return the code of each image, -1 for those that are no member."""
        return _numbers(pc.index_in(image_ids, value_set=self.image_codes))


def _numbers(values: Column) -> Ints:
    filled: Column = pc.fill_null(values, NONE)
    return filled.to_numpy(zero_copy_only=False).astype(np.int64)
