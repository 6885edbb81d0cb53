"""What a server holds open: the snapshot, its catalogue, and what the pages ask of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flows.explorer.catalogue import ensure_catalogue, open_catalogue
from flows.explorer.map_files import map_path
from flows.explorer.snapshot import Snapshot

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass
class Sight:
    """A snapshot with its catalogue open to read; can be asked from several threads.

    Attributes:
        snapshot: what is looked at.
        runs: URLs of the runs that are shown, by name.
        connection: the catalogue as `catalogue`, and the map as `map` when it has been drawn.
    """

    snapshot: Snapshot
    runs: Mapping[str, str]
    connection: DuckDBPyConnection
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _mapped: bool = False

    def ask(self, sql: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows that a statement gives."""
        cursor = self.connection.cursor()
        try:
            answer = cursor.execute(sql, values if values is not None else [])
            names = [column[0] for column in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        finally:
            cursor.close()

    @property
    def mapped(self) -> bool:
        """Whether the map has been drawn; from then on documents have clusters."""
        with self._lock:
            if self._mapped:
                return True
            path = map_path(self.snapshot)
            if path is not None and path.exists():
                quoted = str(path).replace("'", "''")
                self.connection.execute(f"ATTACH '{quoted}' AS map (READ_ONLY)")
                self._mapped = True
            return self._mapped

    @cached_property
    def element_files(self) -> list[str]:
        """The files of the table `elements`, as the catalogue numbers them."""
        return self.snapshot.files("elements")

    @cached_property
    def image_files(self) -> list[str]:
        """The files of the table `images`."""
        return self.snapshot.files("images")

    @cached_property
    def group_files(self) -> list[str]:
        """The files of the table `groups`."""
        return self.snapshot.files("groups")


def open_sight(snapshot: Snapshot, runs: Mapping[str, str]) -> Sight:
    """Open a snapshot; its catalogue is made if there is none yet.

    Raises:
        LooseleafError: if it cannot be read.
    """
    return Sight(snapshot, runs, open_catalogue(ensure_catalogue(snapshot)))
