"""The newest versions of the tables: where stages commit, ahead of what the newest build pins.

A build that broke off leaves them ahead, and a roll-back wants them where they were.
"""

from __future__ import annotations

from collections.abc import Collection

from storage import tables
from storage.builds import MINED_TABLES, Build
from storage.schemas import SCHEMAS

#: People mark pairs at any time, and their marks stay whichever build is brought back.
_OF_NO_STAGE = ("builds", "marks")


def bring_back(dataset: str, build: Build, leave: Collection[str] = ()) -> None:
    """Give every table the files that a build pins, as its newest version; nothing to change, no commit.

    What mining adds stays where `build` was not mined.

    Args:
        dataset: path or URL.
        build: one whose files are there.
        leave: stages whose files stay as they are now.
    """
    for table in _concerned(dataset, build):
        tables.restore(dataset, table, build.tables.get(table), f"{build.build_id}/restore", leave)


def moved_tables(dataset: str, build: Build, leave: Collection[str] = ()) -> list[str]:
    """Return the tables whose newest version has other files than a build pins, apart from stages `leave`."""
    return [
        table
        for table in _concerned(dataset, build)
        if tables.paths(dataset, table, leave=leave)
        != (
            tables.paths(dataset, table, build.tables[table], leave=leave) if table in build.tables else set()
        )
    ]


def _concerned(dataset: str, build: Build) -> list[str]:
    return [
        table
        for table in SCHEMAS
        if table not in _OF_NO_STAGE
        and (table in build.tables or (table not in MINED_TABLES or build.stage == "mine"))
        and tables.version(dataset, table) is not None
    ]
