"""A dataset in one call: Arrow, DuckDB, Polars and pandas over the same pinned versions of its tables.

from storage.dataset import open_dataset

data = open_dataset("looseleaf-demo/dataset")
data.sql("SELECT source, count(*) FROM kept_documents GROUP BY source")
data.polars("elements").filter(...).collect()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage import tables
from storage.builds import latest_build
from storage.errors import LooseleafError
from storage.queries import connect_versions, pinned_versions, rows_of
from storage.references import readable_build
from storage.sandbox import Limits
from storage.schemas import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow.compute as pc
    import pyarrow.dataset as pa_dataset
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Dataset:
    """A dataset as a build pins it: what another process writes meanwhile does not show.

    Every way to read gives the same rows; a table that the build does not have has none.
    """

    url: str
    build_id: str | None  # None while no build has ended: then the versions are the newest of today
    versions: Mapping[str, int | None]
    limits: Limits

    @property
    def tables(self) -> list[str]:
        """The names of the tables that hold anything."""
        return [table for table, version in self.versions.items() if version is not None]

    def arrow(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,  # noqa: A002 - as pyarrow calls it
    ) -> pa.Table:
        """Return rows of a table, whole in memory; `batches` and `arrow_dataset` are for large ones."""
        wanted = _checked(table, columns)
        return self.arrow_dataset(table).to_table(
            columns=None if wanted is None else list(wanted), filter=filter
        )

    def batches(
        self, table: str, columns: Sequence[str] | None = None, batch_size: int = 1024
    ) -> Iterator[pa.RecordBatch]:
        """Give the rows of a table in batches, of which one row group is in memory at a time."""
        version = self.versions[_known(table)]
        if version is not None:
            yield from tables.batches(self.url, table, version, _checked(table, columns), batch_size)

    def arrow_dataset(self, table: str) -> pa_dataset.Dataset:
        """Return a table as a pyarrow dataset, of which nothing is read yet."""
        version = self.versions[_known(table)]
        if version is not None:
            return tables.arrow_dataset(self.url, table, version)
        import pyarrow.dataset as pa_dataset  # noqa: PLC0415 - it imports pandas

        return pa_dataset.dataset(SCHEMAS[table].empty_table())

    def polars(self, table: str, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """Return a table as a Polars frame, of which nothing is read before `collect`.

        Raises:
            LooseleafError: if Polars is not installed.
        """
        try:
            import polars as pl  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise _missing("Polars", "polars") from error
        frame = pl.scan_pyarrow_dataset(self.arrow_dataset(table))
        return frame if columns is None else frame.select(_checked(table, columns))

    def pandas(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,  # noqa: A002
    ) -> pd.DataFrame:
        """Return rows of a table as a pandas frame of Arrow's types, so that an integer may be missing.

        Raises:
            LooseleafError: if pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise _missing("pandas", "pandas") from error
        return self.arrow(table, columns, filter).to_pandas(types_mapper=pd.ArrowDtype)

    @cached_property
    def _connection(self) -> tuple[DuckDBPyConnection, Lock]:
        return self.duckdb(), Lock()

    def duckdb(self) -> DuckDBPyConnection:
        """Return a new DuckDB connection with the tables and the views over them; it reads nothing else."""
        return connect_versions(self.url, self.versions, self.limits)

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of one SELECT statement.

        Args:
            query: DuckDB's SQL.
            parameters: for its `?` or `$names`.

        Raises:
            LooseleafError: if it is something else, cannot be answered, or takes more than the limits.
        """
        connection, lock = self._connection
        with lock, rows_of(connection, query, parameters, self.limits) as reader:
            return reader.read_all()


def open_dataset(url: str, build: str | None = None, limits: Limits | None = None) -> Dataset:
    """Return a dataset as a build pins it.

    Args:
        url: path or URL.
        build: any name of a build that `storage.references` knows, by default the latest.
        limits: what a query may take.

    Raises:
        LooseleafError: if there is no dataset, or it has no such build.
    """
    found = latest_build(url) if build is None else readable_build(url, build)
    build = None if found is None else found.build_id
    return Dataset(url, build, pinned_versions(url, build), limits or Limits())


def _known(table: str) -> str:
    if table not in SCHEMAS:
        raise LooseleafError(f"There is no table {table!r}: choose one of {', '.join(SCHEMAS)}.")
    return table


def _checked(table: str, columns: Sequence[str] | None) -> Sequence[str] | None:
    names = SCHEMAS[_known(table)].names
    for column in columns or ():
        if column not in names:
            raise LooseleafError(f"Table {table} has no column {column!r}: choose from {', '.join(names)}.")
    return columns


def _missing(name: str, package: str) -> LooseleafError:
    return LooseleafError(f"{name} is not installed: install it with `pip install {package}`, or use Arrow.")
