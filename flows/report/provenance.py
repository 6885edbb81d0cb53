"""Where the page's numbers come from: build, code, recipe, table versions, times and memory of the stages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from flows.report.subject import Subject
from training.run_directory import read_json


@dataclass(frozen=True)
class StageUse:
    """What a stage took."""

    name: str
    seconds: float
    mebibytes: float | None  # at its peak
    chunks: int | None
    skipped: int | None  # chunks that were already there


@dataclass(frozen=True)
class Provenance:
    """The footer."""

    build_id: str | None
    base_id: str | None  # what the build was mined from
    created: str
    code_version: str
    flow_run: str | None
    recipe: str  # YAML
    versions: list[tuple[str, int, int | None]]  # table, version, rows
    stages: list[StageUse]
    run_id: str | None
    config: str  # of the run, YAML
    encoders: dict[str, str]

    @property
    def slowest(self) -> float:
        """Seconds of the stage that took longest."""
        return max((stage.seconds for stage in self.stages), default=1.0) or 1.0

    @property
    def seconds(self) -> float:
        """Of all stages."""
        return sum(stage.seconds for stage in self.stages)


def gather_provenance(subject: Subject) -> Provenance:
    """Read the builds that a report stands on and, where there is one, its run."""
    build = subject.build
    identity: dict[str, Any] = read_json(subject.run, "run.json") if subject.run else {}
    config: dict[str, Any] = read_json(subject.run, "config.json") if subject.run else {}
    return Provenance(
        build_id=build.build_id if build else None,
        base_id=subject.lineage[0].build_id if len(subject.lineage) > 1 else None,
        created=f"{build.created_at:%Y-%m-%d %H:%M} UTC" if build else "",
        code_version=build.code_version if build else "",
        flow_run=build.flow_run if build else None,
        recipe=_yaml(json.loads(build.recipe)) if build else "",
        versions=[(name, version, build.counts.get(name)) for name, version in build.tables.items()]
        if build
        else [],
        stages=[_stage(name, use) for step in subject.lineage for name, use in step.stages.items()],
        run_id=identity.get("run_id"),
        config=_yaml(config) if config else "",
        encoders=dict(identity.get("encoders", {})),
    )


def _stage(name: str, use: Mapping[str, Any]) -> StageUse:
    peak = use.get("peak_memory")
    return StageUse(
        name,
        float(use.get("seconds", 0.0)),
        peak / 2**20 if peak else None,
        use.get("chunks"),
        use.get("skipped"),
    )


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
