"""The kill rate of each rule, source by source, and the preset that set the rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.report.subject import ask

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from storage.builds import Build

_KILLS = """
    select stage, unit, rule, source, looked_at, killed, share
    from kills where source is not null order by unit, rule, stage, source
"""


@dataclass(frozen=True)
class Kill:
    """What a rule dropped of a source: how many of how many units."""

    killed: int
    looked_at: int | None
    share: float | None


@dataclass(frozen=True)
class KilledBy:
    """A rule and what it dropped of each source, in the order of the table's columns; None for nothing."""

    stage: str
    unit: str
    rule: str
    kills: list[Kill | None]


@dataclass(frozen=True)
class KillTable:
    """The table; `preset` is null for a build whose recipe names none."""

    preset: str | None
    sources: list[str]
    rules: list[KilledBy]


def gather_kills(sql: DuckDBPyConnection, build: Build | None) -> KillTable:
    """Return what each rule dropped of each source."""
    rows = ask(sql, _KILLS)
    sources = sorted({row["source"] for row in rows})
    kills = {
        (row["unit"], row["rule"], row["stage"], row["source"]): Kill(
            row["killed"], row["looked_at"], row["share"]
        )
        for row in rows
    }
    rules = [
        KilledBy(stage, unit, rule, [kills.get((unit, rule, stage, source)) for source in sources])
        for unit, rule, stage in sorted({key[:3] for key in kills})
    ]
    recipe = json.loads(build.recipe) if build is not None else {}
    return KillTable((recipe.get("clean") or {}).get("preset"), sources, rules)
