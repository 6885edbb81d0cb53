"""Brings an earlier build back as the newest one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from storage.builds import Build, latest_build, record_build
from storage.heads import bring_back
from storage.holds import held
from storage.references import readable_build


def roll_back(dataset: str, reference: str) -> Build:
    """Make a new newest build that pins what an earlier one pins, and return it.

    Nothing is rewritten: the builds in between stay, and can be rolled back to in turn. The tables' newest
    versions hold the rows of the earlier build again. So the next `build`, `mine`, `train` or query stands on
    that. Where the newest build is in this state already, it is returned. Can be broken off and done again;
    let no build of the dataset run meanwhile, or it will say that it was disturbed.

    Args:
        dataset: path or URL.
        reference: see `storage.references.resolve_build`.

    Raises:
        LooseleafError: if there is no such build, or a vacuum has taken its rows.
    """
    target = readable_build(dataset, reference)
    origin = _origin(target)
    with held(dataset, target):
        bring_back(dataset, target)
        latest = latest_build(dataset)
        assert latest is not None  # the target at least
        if _origin(latest) == origin:
            return latest
        # Last: a roll-back that was broken off before has left the newest build as it was.
        build = _again(target, origin, latest)
        record_build(dataset, build)
    recorded = latest_build(dataset)
    assert recorded is not None
    return recorded


def _origin(build: Build) -> str:
    return build.rolled_back_to or build.build_id


def _again(target: Build, origin: str, latest: Build) -> Build:
    now = datetime.now(UTC)
    name = f"rollback\0{origin}\0{latest.build_id}\0{now.isoformat()}"
    return Build(
        build_id=hashlib.sha256(name.encode()).hexdigest()[:16],
        # What was mined stands on what it was mined from, wherever that stands in the list.
        parent=target.parent if target.stage == "mine" else latest.build_id,
        stage=target.stage,
        created_at=now,
        recipe=target.recipe,
        code_version=target.code_version,
        tables=target.tables,
        counts=target.counts,
        stages=target.stages,
        rolled_back_to=origin,
    )
