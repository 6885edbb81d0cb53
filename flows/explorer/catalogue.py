"""The catalogue of a snapshot: one row a document, image, rejection and group, in a DuckDB file of its own.

The tables say where everything is only when they are read whole. So they are read once for each snapshot, as
a stream, and what lists and filters need is kept beside the place (file, rows) where the rest can be read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from flows.explorer.apart import run_apart
from flows.explorer.cache import cached
from flows.explorer.snapshot import Snapshot, build_of, take_snapshot
from storage.filesystem import arrow_filesystem, temporary_path
from storage.queries import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SQL = Path(__file__).with_name("catalogue.sql")
_MEMORY = "512MB"
_NAME = "catalogue.duckdb"
_TABLES = ("documents", "elements", "images", "rejections", "groups", "negatives", "document_stats")

_RANGES = pa.schema(
    [("doc_id", pa.string()), ("file", pa.int32()), ("first", pa.int64()), ("stop", pa.int64())]
)
_SPOTS = pa.schema([("id", pa.string()), ("file", pa.int32()), ("row", pa.int64())])


def catalogue_path(snapshot: Snapshot) -> Path:
    """Return where a snapshot's catalogue is, or will be."""
    return cached(snapshot.dataset, snapshot.only(*_TABLES), _NAME)


def ensure_catalogue(snapshot: Snapshot) -> Path:
    """Return a snapshot's catalogue, which is made if there is none yet, in a process that then ends.

    Raises:
        LooseleafError: if it could not be made.
    """
    path = catalogue_path(snapshot)
    if not path.exists():
        run_apart("flows.explorer.catalogue", [snapshot.dataset, build_of(snapshot)])
    return path


def make_catalogue(snapshot: Snapshot) -> Path:
    """Read a snapshot's tables once, as a stream, and write its catalogue, atomically."""
    import duckdb  # noqa: PLC0415 (heavy)

    path = catalogue_path(snapshot)
    temporary = temporary_path(path)
    build_id = snapshot.build.build_id if snapshot.build else None
    with connect(snapshot.dataset, build_id) as source, duckdb.connect(str(temporary)) as target:
        target.execute(f"SET memory_limit = '{_MEMORY}'")
        _copy(target, "element_ranges", _ranges(snapshot.files("elements")), _RANGES)
        _copy(target, "image_spots", _spots(snapshot.files("images"), "image_id"), _SPOTS)
        _copy(target, "group_spots", _spots(snapshot.files("groups"), "group_id"), _SPOTS)
        for name, query in _statements("source"):
            # Streamed from one database into the other: the source may read its tables' files alone.
            reader = source.sql(query).to_arrow_reader(65_536)
            target.register("incoming", reader)
            target.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608 (our own names)
            target.unregister("incoming")
        for _, query in _statements("target"):
            target.execute(query)
    temporary.replace(path)
    return path


def open_catalogue(path: Path, memory: str = "256MB") -> DuckDBPyConnection:
    """Open a catalogue to read: a database in memory, so that others can be attached, with it as `main`."""
    import duckdb  # noqa: PLC0415 (heavy)

    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{memory}'")
    connection.execute("SET threads = 2")
    connection.execute(f"ATTACH {_quoted(str(path))} AS catalogue (READ_ONLY)")
    return connection


def _copy(
    target: DuckDBPyConnection, name: str, batches: Iterator[pa.RecordBatch], schema: pa.Schema
) -> None:
    target.register("incoming", pa.RecordBatchReader.from_batches(schema, batches))
    target.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608 (our own names)
    target.unregister("incoming")


def _ranges(urls: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Give where each document's elements are: a stage writes a document in one piece."""
    for number, url in enumerate(urls):
        spans: list[tuple[str, int, int]] = []
        row = 0
        for ids in _column(url, "doc_id"):
            encoded = ids.dictionary_encode()
            codes = encoded.indices.to_numpy(zero_copy_only=False)
            names = encoded.dictionary.to_pylist()
            starts = [0, *((codes[1:] != codes[:-1]).nonzero()[0] + 1).tolist()] if len(codes) else []
            for start, stop in zip(starts, [*starts[1:], len(codes)], strict=True):
                doc_id = names[codes[start]]
                if spans and spans[-1][0] == doc_id:
                    spans[-1] = (doc_id, spans[-1][1], row + stop)
                else:
                    spans.append((doc_id, row + start, row + stop))
            row += len(codes)
        columns = list(zip(*spans, strict=True)) or [(), (), ()]
        yield pa.record_batch(
            [
                pa.array(columns[0], pa.string()),
                pa.array([number] * len(spans), pa.int32()),
                pa.array(columns[1], pa.int64()),
                pa.array(columns[2], pa.int64()),
            ],
            schema=_RANGES,
        )


def _spots(urls: Sequence[str], column: str) -> Iterator[pa.RecordBatch]:
    for number, url in enumerate(urls):
        row = 0
        for ids in _column(url, column):
            yield pa.record_batch(
                [
                    ids.cast(pa.string()),
                    pa.array([number] * len(ids), pa.int32()),
                    pa.array(range(row, row + len(ids)), pa.int64()),
                ],
                schema=_SPOTS,
            )
            row += len(ids)


def _column(url: str, name: str) -> Iterator[pa.Array]:
    filesystem, path = arrow_filesystem(url)
    with filesystem.open_input_file(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(65_536, columns=[name]):
            yield batch.column(0)


def _statements(database: str) -> Iterator[tuple[str, str]]:
    """Give the name and the statement of each table that is made in `source` or in `target`."""
    for part in _SQL.read_text().split(";"):
        marked = re.search(rf"^-- {database}: (\w+)", part, re.MULTILINE)
        if marked:
            yield marked[1], part


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    make_catalogue(take_snapshot(sys.argv[1], sys.argv[2] or None))
