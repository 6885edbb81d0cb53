"""The nearest candidates of each anchor, with what is known of each pair: kept from one mining to the next.

A list holds more candidates than one mining looks at, so that some may leave with their documents and the
rest is still the nearest. Whatever is not in it is no nearer than its `floor`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.mine.marks import Marks
from pipeline.mine.members import NONE, Column, Ints
from pipeline.mine.top_k import Floats, TopK
from storage.filesystem import arrow_filesystem, join
from storage.parts import read_batches

#: A verdict on a pair of which no guard was asked; else 0 if it passed, or the number of the guard, from 1.
UNASKED = 255
Verdicts = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]

#: One row is an anchor: its candidates by their marks, best first, and two likenesses of documents for each.
NEAREST = pa.schema(
    [
        pa.field("direction", pa.string()),
        pa.field("doc_id", pa.string()),
        pa.field("anchor", pa.uint64()),
        pa.field("floor", pa.float32()),
        pa.field("above", pa.float64()),  # keys over its ceiling
        pa.field("fresh", pa.bool_()),  # whether all keys were searched for it
        pa.field("keys", pa.list_(pa.uint64())),
        pa.field("scores", pa.list_(pa.float32())),
        pa.field("verdicts", pa.list_(pa.uint8())),
        pa.field("likeness", pa.list_(pa.float32())),
    ]
)
#: One row is a key that was there, of any anchor.
KEYS = pa.schema([pa.field("direction", pa.string()), pa.field("key", pa.uint64())])
_ROWS = 4096


@dataclass
class Nearest:
    """The lists of A anchors, L candidates each at most: `units` are -1 beyond the end of a list.

    `likeness` [A, L, 2] is that of the two documents; `asked` says whether it was looked up.
    """

    units: Ints
    scores: Floats
    verdicts: Verdicts
    likeness: Floats
    asked: npt.NDArray[np.bool_]
    floor: Floats  # [A], -inf where the list holds all there is
    above: Doubles  # [A]
    fresh: npt.NDArray[np.bool_]  # [A]

    @classmethod
    def empty(cls, anchors: int, length: int) -> Nearest:
        """Return lists without any candidate."""
        shape = anchors, length
        return cls(
            np.full(shape, NONE, dtype=np.int64),
            np.full(shape, -np.inf, dtype=np.float32),
            np.full(shape, UNASKED, dtype=np.uint8),
            np.full((*shape, 2), np.nan, dtype=np.float32),
            np.zeros(shape, dtype=np.bool_),
            np.full(anchors, -np.inf, dtype=np.float32),
            np.zeros(anchors),
            np.zeros(anchors, dtype=np.bool_),
        )

    def put(self, rows: Ints, found: TopK) -> None:
        """Take what a search of all keys gave as the lists of `rows`."""
        # What an approximate search refused has left gaps.
        order = np.argsort(found.units == NONE, axis=1, kind="stable")
        units = np.take_along_axis(found.units, order, 1)
        scores = np.take_along_axis(found.scores, order, 1)
        lowest = np.where(units == NONE, np.inf, scores).min(axis=1, initial=np.inf)
        self.units[rows], self.scores[rows] = units, scores
        self.verdicts[rows], self.likeness[rows], self.asked[rows] = UNASKED, np.nan, False
        # Without a candidate, but with more to come: nothing is known of what that might be.
        self.floor[rows] = np.where(found.more, lowest, -np.inf)
        self.above[rows], self.fresh[rows] = found.above, True

    def merge(self, rows: Ints, found: TopK) -> None:
        """Put what a search of the new keys gave among the lists of `rows`."""
        length = self.units.shape[1]
        count = found.units.shape[1]
        units = np.concatenate([self.units[rows], found.units], axis=1)
        scores = np.concatenate([self.scores[rows], found.scores], axis=1)
        none = np.full((len(rows), count), UNASKED, dtype=np.uint8)
        verdicts = np.concatenate([self.verdicts[rows], none], axis=1)
        unknown = np.full((len(rows), count, 2), np.nan, dtype=np.float32)
        likeness = np.concatenate([self.likeness[rows], unknown], axis=1)
        asked = np.concatenate([self.asked[rows], np.zeros((len(rows), count), dtype=np.bool_)], axis=1)
        last = np.where(found.units == NONE, np.inf, found.scores).min(axis=1, initial=np.inf)
        old, new = self.floor[rows], np.where(found.more, last, -np.inf)
        # What is no nearer than something that the other search left out may stand behind it.
        other = np.concatenate(
            [np.repeat(new[:, None], length, 1), np.repeat(old[:, None], count, 1)], axis=1
        )
        known = (units != NONE) & (scores > other)
        units, scores = np.where(known, units, NONE), np.where(known, scores, -np.inf)
        order = np.lexsort((units, -scores), axis=1)
        cut = np.take_along_axis(units, order, 1)[:, length:]
        left_out = np.take_along_axis(scores, order, 1)[:, length:]
        beyond = np.where(cut == NONE, -np.inf, left_out).max(axis=1, initial=-np.inf)
        order = order[:, :length]
        self.units[rows] = np.take_along_axis(units, order, 1)
        self.scores[rows] = np.take_along_axis(scores, order, 1)
        self.verdicts[rows] = np.take_along_axis(verdicts, order, 1)
        self.likeness[rows] = np.take_along_axis(likeness, order[:, :, None], 1)
        self.asked[rows] = np.take_along_axis(asked, order, 1)
        self.floor[rows] = np.maximum(np.maximum(old, new), beyond)
        self.above[rows] += found.above


@dataclass(frozen=True)
class Before:
    """What the mining before left of one direction: marks of its keys, sorted, and lists by anchor."""

    keys: Marks = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    anchors: Marks = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))  # sorted
    lists: pa.Table | None = None  # rows of `NEAREST` in the order of `anchors`

    def rows_of(self, anchors: Marks) -> Ints:
        """Return the row of each anchor, -1 where it is new."""
        if len(self.anchors) == 0:
            return np.full(len(anchors), NONE, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.anchors, anchors), len(self.anchors) - 1)
        return np.where(self.anchors[at] == anchors, at, NONE)


def read_before(dataset: str, direction: str, files: Mapping[str, Sequence[str]], anchors: Marks) -> Before:
    """Return what is kept of a direction for some anchors.

    Args:
        dataset: path or URL.
        direction: its name.
        files: names of the files of the staging tables `nearest` and `mined_keys`.
        anchors: marks.
    """

    def urls(table: str) -> list[str]:
        return [join(dataset, "staging", table, name) for name in files[table]]

    keys = [
        batch.filter(pc.field("direction") == direction)["key"].to_numpy(zero_copy_only=False)
        for batch in read_batches(urls("mined_keys"), KEYS, None, _ROWS)
    ]
    wanted = pa.array(anchors, pa.uint64())
    mine = (pc.field("direction") == direction) & pc.field("anchor").isin(wanted)
    files_of_it = [url for url in urls("nearest") if _may_hold(url, direction)]
    lists = [batch.filter(mine) for batch in read_batches(files_of_it, NEAREST, None, _ROWS)]
    table = pa.Table.from_batches(lists, schema=NEAREST).sort_by("anchor")
    known = np.sort(np.concatenate([np.zeros(0, dtype=np.uint64), *keys]))
    return Before(known, table["anchor"].to_numpy().astype(np.uint64), table)


def _may_hold(url: str, direction: str) -> bool:
    """Say whether a file can have rows of a direction, by the statistics that Parquet keeps."""
    filesystem, path = arrow_filesystem(url)
    with filesystem.open_input_file(path) as file:
        metadata = pq.ParquetFile(file).metadata
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(0).statistics
        if not statistics or not statistics.has_min_max or statistics.min <= direction <= statistics.max:
            return True
    return False


def put_before(
    nearest: Nearest, rows: Ints, before: Before, old: Ints, unit_of: Callable[[Marks], Ints]
) -> None:
    """Fill the lists of `rows` with those that stand in the rows `old` of `before`, without what is gone.

    `unit_of` gives the unit that has a mark now, -1 where none has.
    """
    if before.lists is None or len(rows) == 0:
        return
    table = before.lists.take(pa.array(old))
    offsets = pc.list_value_length(table["keys"]).to_numpy()
    row = np.repeat(np.arange(len(rows)), offsets)
    column = np.arange(len(row)) - np.repeat(np.cumsum(offsets) - offsets, offsets)
    marks = _flat(table, "keys").astype(np.uint64)
    units = unit_of(marks)
    there = (units != NONE) & (column < nearest.units.shape[1])
    row, column, units = row[there], column[there], units[there]
    # What is left moves up.
    column = np.arange(len(row)) - np.searchsorted(row, row)
    place = (rows[row], column)
    nearest.units[place] = units
    nearest.scores[place] = _flat(table, "scores")[there]
    nearest.verdicts[place] = _flat(table, "verdicts")[there]
    likeness = _flat(table, "likeness").reshape(-1, 2)[there]
    nearest.likeness[place] = likeness
    nearest.asked[place] = ~np.isinf(likeness[:, 0])
    nearest.floor[rows] = table["floor"].to_numpy()
    nearest.above[rows] = table["above"].to_numpy()


def _flat(table: pa.Table, name: str) -> npt.NDArray[np.generic]:
    column: Column = table[name].combine_chunks()
    return np.asarray(column.flatten().to_numpy(zero_copy_only=False))


def nearest_rows(
    direction: str, doc_ids: Sequence[str], anchors: Marks, nearest: Nearest, keys: Marks
) -> pa.Table:
    """Return lists as rows of `NEAREST`.

    Args:
        direction: its name.
        doc_ids: of the anchors.
        anchors: their marks.
        nearest: their lists.
        keys: the mark of each unit.
    """
    held = nearest.units != NONE
    offsets = pa.array(np.concatenate([[0], np.cumsum(held.sum(axis=1))]), pa.int32())
    # Not asked is not the same as asked in vain, which is NaN.
    likeness = np.where(nearest.asked[:, :, None], nearest.likeness, np.float32(np.inf))[held].reshape(-1)
    twice = pa.array(np.asarray(offsets) * 2, pa.int32())
    columns = {
        "direction": pa.array([direction] * len(anchors), pa.string()),
        "doc_id": pa.array(doc_ids, pa.string()),
        "anchor": pa.array(anchors, pa.uint64()),
        "floor": pa.array(nearest.floor, pa.float32()),
        "above": pa.array(nearest.above, pa.float64()),
        "fresh": pa.array(nearest.fresh),
        "keys": pa.ListArray.from_arrays(offsets, pa.array(keys[nearest.units[held]], pa.uint64())),
        "scores": pa.ListArray.from_arrays(offsets, pa.array(nearest.scores[held], pa.float32())),
        "verdicts": pa.ListArray.from_arrays(offsets, pa.array(nearest.verdicts[held], pa.uint8())),
        "likeness": pa.ListArray.from_arrays(twice, pa.array(likeness, pa.float32())),
    }
    return pa.table(columns, schema=NEAREST)


def key_rows(direction: str, keys: Marks) -> pa.Table:
    """Return the marks of keys as rows of `KEYS`."""
    return pa.table([pa.array([direction] * len(keys)), pa.array(keys, pa.uint64())], schema=KEYS)
