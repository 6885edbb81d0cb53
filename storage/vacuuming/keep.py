"""Which builds a vacuum keeps, and which shards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.builds import Build, shards_of
from storage.compare_and_swap import State
from storage.holds import held_builds
from storage.runs import KnownRun
from storage.tags import is_vacuumed, tags_in


def builds_to_keep(
    builds: Sequence[Build], state: State, runs: Sequence[KnownRun], newest: int, older_than: datetime
) -> set[str]:
    """Return the ids of the builds that stay.

    Those are the newest ones, the young ones, those that are tagged or held, those whose shards a run
    learned from, and what any of these was mined from.

    Args:
        builds: all of a dataset, oldest first.
        state: of the dataset's tags.
        runs: that are known of the dataset.
        newest: how many of the builds that are still there.
        older_than: younger builds stay.
    """
    there = [build for build in builds if not is_vacuumed(state, build)]
    named = {tag.target for tag in tags_in(state).values() if tag.kind == "build"} | held_builds(state)
    used = shards_of_runs(runs, older_than)
    kept = {build.build_id for build in there[-newest:]}
    kept |= {build.build_id for build in there if build.created_at >= older_than}
    kept |= {build.build_id for build in there if build.build_id in named or shards_of(build) in used}
    # Whatever was mined stands on its base: the next mining goes on from there.
    for build in reversed(there):
        if build.build_id in kept and build.stage == "mine" and build.parent is not None:
            kept.add(build.parent)
    return kept & {build.build_id for build in there}


def shards_of_runs(runs: Sequence[KnownRun], older_than: datetime) -> set[str]:
    """Return the shards, within the dataset, that runs need, those too that cannot be reached from here."""
    return {
        run.shards
        for run in runs
        # A run that has just begun has no files yet.
        if run.is_there is not False or (run.noted_at is not None and run.noted_at >= older_than)
    }
