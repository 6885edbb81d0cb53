"""What the server tells of itself and of its tables, in the shapes of Arrow Flight SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pyarrow as pa

#: How DuckDB calls the database and the schema in which the views are.
CATALOG, SCHEMA = "memory", "main"
_TABLE_TYPES = ("TABLE", "VIEW")
_INFO = pa.schema(
    [
        pa.field("info_name", pa.uint32(), nullable=False),
        pa.field(
            "value",
            pa.dense_union(
                [
                    pa.field("string_value", pa.string()),
                    pa.field("bool_value", pa.bool_()),
                    pa.field("bigint_value", pa.int64()),
                    pa.field("int32_bitmask", pa.int32()),
                    pa.field("string_list", pa.list_(pa.string())),
                    pa.field("int32_to_int32_list_map", pa.map_(pa.int32(), pa.list_(pa.int32()))),
                ]
            ),
            nullable=False,
        ),
    ]
)
_STRING, _BOOL, _INT32 = 0, 1, 3
_TABLES = [
    pa.field("catalog_name", pa.string()),
    pa.field("db_schema_name", pa.string()),
    pa.field("table_name", pa.string(), nullable=False),
    pa.field("table_type", pa.string(), nullable=False),
]
_WITH_SCHEMA = pa.field("table_schema", pa.binary(), nullable=False)
_SCHEMAS = {
    "CommandGetSqlInfo": _INFO,
    "CommandGetCatalogs": pa.schema([pa.field("catalog_name", pa.string(), nullable=False)]),
    "CommandGetDbSchemas": pa.schema(
        [pa.field("catalog_name", pa.string()), pa.field("db_schema_name", pa.string(), nullable=False)]
    ),
    "CommandGetTables": pa.schema(_TABLES),
    "CommandGetTableTypes": pa.schema([pa.field("table_type", pa.string(), nullable=False)]),
}


@dataclass(frozen=True)
class Catalog:
    """What there is to be told.

    Args:
        names: the columns of each table and view.
        tables: those names that are tables.
        seconds: time limit of a query.
        schema: tells the columns of a query's answer.
    """

    names: Mapping[str, object]
    tables: frozenset[str]
    seconds: float
    schema: Callable[[str], pa.Schema]

    def columns(self, name: str, command: Any) -> pa.Schema | None:
        """Return the columns of a command's answer, None for a command that is about no catalog."""
        if name == "CommandGetTables" and command.include_schema:
            return pa.schema([*_TABLES, _WITH_SCHEMA])
        return _SCHEMAS.get(name)

    def rows(self, name: str, command: Any) -> pa.Table:
        """Return what a command asks for."""
        match name:
            case "CommandGetSqlInfo":
                return _info(set(command.info), self.seconds)
            case "CommandGetCatalogs":
                rows = [{"catalog_name": CATALOG}]
            case "CommandGetDbSchemas":
                rows = [{"catalog_name": CATALOG, "db_schema_name": SCHEMA}] if _here(command) else []
            case "CommandGetTables":
                rows = [self._table(table, command) for table in self._chosen(command)]
            case _:
                rows = [{"table_type": kind} for kind in _TABLE_TYPES]
        return pa.Table.from_pylist(rows, schema=self.columns(name, command))

    def _chosen(self, command: Any) -> list[str]:
        if not _here(command):
            return []
        kinds = set(command.table_types) or set(_TABLE_TYPES)
        return [
            table
            for table in self.names
            if self._kind(table) in kinds and _like(table, command, "table_name_filter_pattern")
        ]

    def _table(self, table: str, command: Any) -> dict[str, Any]:
        row: dict[str, Any] = {
            "catalog_name": CATALOG,
            "db_schema_name": SCHEMA,
            "table_name": table,
            "table_type": self._kind(table),
        }
        if command.include_schema:
            row["table_schema"] = self.schema(f"SELECT * FROM {table}").serialize().to_pybytes()  # noqa: S608
        return row

    def _kind(self, table: str) -> str:
        return "TABLE" if table in self.tables else "VIEW"


def _here(command: Any) -> bool:
    """Say whether a command's filters let through the one catalog and the one schema."""
    catalog = not command.HasField("catalog") or command.catalog == CATALOG
    return catalog and _like(SCHEMA, command, "db_schema_filter_pattern")


def _like(value: str, command: Any, field: str) -> bool:
    """Say whether `value` fits a pattern of SQL's LIKE, which may be absent."""
    if not command.HasField(field):
        return True
    parts = {"%": ".*", "_": "."}
    pattern = "".join(parts.get(letter, re.escape(letter)) for letter in getattr(command, field))
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _info(wanted: set[int], seconds: float) -> pa.Table:
    """Return what the protocol lets a server say of itself; `wanted` is empty for all of it."""
    known: dict[int, tuple[int, Any]] = {
        0: (_STRING, "looseleaf"),
        1: (_STRING, version("looseleaf")),
        2: (_STRING, pa.__version__),
        3: (_BOOL, True),  # read only
        4: (_BOOL, True),  # SQL
        5: (_BOOL, False),  # Substrait
        8: (_INT32, 0),  # transactions: none
        9: (_BOOL, False),  # cancelling by an action; a stream that is closed stops its query
        100: (_INT32, int(seconds * 1000)),  # time limit of a query, ms
        504: (_STRING, '"'),  # around names
    }
    chosen = {number: known[number] for number in known if not wanted or number in wanted}
    kind = _INFO.field("value").type
    children: list[list[Any]] = [[] for _ in range(kind.num_fields)]
    offsets = []
    for child, value in chosen.values():
        offsets.append(len(children[child]))
        children[child].append(value)
    values = pa.UnionArray.from_dense(
        pa.array([child for child, _ in chosen.values()], pa.int8()),
        pa.array(offsets, pa.int32()),
        [pa.array(values, kind.field(index).type) for index, values in enumerate(children)],
        [kind.field(index).name for index in range(kind.num_fields)],
    )
    return pa.Table.from_arrays([pa.array(list(chosen), pa.uint32()), values], schema=_INFO)
