"""The items of chunks: their keys, whose rows are whose, and rows that are taken over from earlier chunks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.identity import chunk_key
from pipeline.stage import ITEM, Chunk, Item
from storage.filesystem import arrow_filesystem, join
from storage.manifests import ItemRows, Manifest


@dataclass(frozen=True)
class Kept:
    """Where the rows of an item stand: by table the file, the first row and their number."""

    rows: Mapping[str, tuple[str, int, int]]


@dataclass(frozen=True)
class Made:
    """Rows of a table that were made now, by item: those of one lie between two of `ends`."""

    table: pa.Table
    ends: Sequence[int]


def item_keys(stage: str, code: str, settings: Mapping[str, Any], chunk: Chunk) -> tuple[str, ...]:
    """Return the key of each item of a chunk, which does not depend on the others.

    Raises:
        TypeError: if inputs cannot be written as JSON.
    """
    return tuple(
        chunk_key(stage, code, settings, {"chunk": chunk.inputs, "item": item.inputs}) for item in chunk.items
    )


def find_kept(manifests: Iterable[Manifest], wanted: Collection[str]) -> dict[str, Kept]:
    """Return where the rows of those items stand whose keys are `wanted`."""
    found: dict[str, Kept] = {}
    for manifest in manifests:
        files = {part.table: part.path for part in manifest.parts}
        for item in manifest.items or ():
            if item.key in wanted:
                found[item.key] = Kept({table: (files[table], *span) for table, span in item.rows.items()})
    return found


def rows_of_items(output: Mapping[str, pa.Table], count: int) -> dict[str, Made]:
    """Return what a stage gave for `count` items, sorted by item.

    Raises:
        ValueError: if a table does not say whose its rows are.
    """
    made: dict[str, Made] = {}
    for name, table in output.items():
        if ITEM not in table.column_names:
            raise ValueError(f"the rows for {name} do not say to which items they belong")
        numbers = table[ITEM].to_numpy()
        rows = table.drop_columns([ITEM])
        if (np.diff(numbers) < 0).any():
            order = np.argsort(numbers, kind="stable")
            rows, numbers = rows.take(order), numbers[order]
        ends = np.searchsorted(numbers, np.arange(count + 1))
        made[name] = Made(rows, [int(end) for end in ends])
    return made


def assemble(
    dataset: str,
    items: Sequence[Item],
    keys: Sequence[str],
    made: Mapping[str, Made],
    kept: Mapping[str, Kept],
) -> tuple[dict[str, pa.Table], tuple[ItemRows, ...]]:
    """Return the rows of a chunk by table, item after item, and where those of each item stand.

    Args:
        dataset: path or URL.
        items: all items of the chunk.
        keys: theirs.
        made: rows of the items whose keys are not in `kept`, in their order.
        kept: where the rows of the others stand.

    Raises:
        FileNotFoundError: if a file of `kept` is gone.
    """
    old = _read_files(dataset, keys, kept)
    pieces: dict[str, list[pa.Table]] = {}
    spans: list[dict[str, tuple[int, int]]] = []
    length: dict[str, int] = dict.fromkeys(made, 0)
    fresh = 0
    for key in keys:
        if key in kept:
            own = {
                table: old[table, path].slice(start, count)
                for table, (path, start, count) in kept[key].rows.items()
            }
        else:
            own = {
                table: rows.table.slice(rows.ends[fresh], rows.ends[fresh + 1] - rows.ends[fresh])
                for table, rows in made.items()
            }
            fresh += 1
        spans.append({})
        for table, rows in own.items():
            if rows.num_rows:
                spans[-1][table] = (length.get(table, 0), rows.num_rows)
                length[table] = length.get(table, 0) + rows.num_rows
                pieces.setdefault(table, []).append(rows)
    tables = {name: rows.table.slice(0, 0) for name, rows in made.items() if name not in pieces}
    tables |= {name: _joined(parts) for name, parts in pieces.items()}
    entries = (
        ItemRows(item.name, key, item.told, span) for item, key, span in zip(items, keys, spans, strict=True)
    )
    return tables, tuple(entries)


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    schema = parts[0].schema.remove_metadata()
    return pa.concat_tables([part.select(schema.names).cast(schema) for part in parts])


def _read_files(
    dataset: str, keys: Sequence[str], kept: Mapping[str, Kept]
) -> dict[tuple[str, str], pa.Table]:
    named = {(table, path) for key in keys if key in kept for table, (path, _, _) in kept[key].rows.items()}
    found: dict[tuple[str, str], pa.Table] = {}
    for table, path in sorted(named):
        filesystem, location = arrow_filesystem(join(dataset, table, path))
        with filesystem.open_input_file(location) as file:
            found[table, path] = pq.ParquetFile(file).read()
    return found
