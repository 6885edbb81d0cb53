"""Runs: what one saw, and which ones learned from a build."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from flows.tracing.facts import Listed, Row, RunFacts, UsedBy
from storage.builds import Build, shards_of
from storage.errors import LooseleafError
from storage.filesystem import exists, join, open_filesystem
from storage.runs import known_runs
from storage.tags import read_tags
from training.run_directory import read_json
from training.run_identity import run_identity

_SAMPLES = "samples.jsonl"


def trace_run(run: str, dataset: str | None, step: int | None, limit: int) -> tuple[RunFacts, Counter[str]]:
    """Return what a run was told and saw, and how often it saw each document.

    Args:
        run: path or URL.
        dataset: which it learned from, if that is still there.
        step: list the documents of this step alone.
        limit: how many steps to list.

    Raises:
        LooseleafError: if there is no such run, or it took no such step.
    """
    identity = run_identity(run)
    seen = Counter[str]()
    listed: list[Row] = []
    steps = 0
    for line in _lines(run):
        steps += 1
        seen.update(line["documents"])
        if line["step"] == step or (step is None and len(listed) < limit):
            listed.append(line)
    if step is not None and not listed:
        raise LooseleafError(f"{run} took no step {step}: choose one of 1 to {steps}.")
    facts = RunFacts(
        run=run,
        run_id=identity["run_id"],
        created_at=identity["created_at"],
        tags=_tags_of(dataset, run),
        build_id=identity["build_id"],
        config=read_json(run, "config.json"),
        encoders=identity["encoders"],
        steps=Listed(steps, tuple(listed)),
        samples=seen.total(),
    )
    return facts, seen


def runs_on(dataset: str, builds: Sequence[Build], doc_id: str | None = None) -> tuple[UsedBy, ...]:
    """Return the runs that are known to have learned from one of these builds.

    Args:
        dataset: path or URL.
        builds: of the dataset.
        doc_id: count how often each of them saw this document.
    """
    places = {place for build in builds if (place := shards_of(build)) is not None}
    return tuple(
        UsedBy(
            run=known.run,
            shards=known.shards,
            noted_at=known.noted_at,
            is_there=known.is_there,
            tags=_tags_of(dataset, known.run),
            run_id=str(run_identity(known.run)["run_id"]) if known.is_there else None,
            times_seen=times_seen(known.run, doc_id) if known.is_there and doc_id is not None else None,
        )
        for known in known_runs(dataset)
        if known.shards in places
    )


def times_seen(run: str, doc_id: str) -> int:
    """Return how often the steps of a run saw a document."""
    return sum(line["documents"].count(doc_id) for line in _lines(run))


def _tags_of(dataset: str | None, run: str) -> tuple[str, ...]:
    tags = read_tags(dataset).values() if dataset is not None else ()
    return tuple(tag.name for tag in tags if (tag.kind, tag.target) == ("run", run))


def _lines(run: str) -> Iterator[Row]:
    """Give the whole lines of what a run wrote down of its samples, one in memory at a time."""
    url = join(run, _SAMPLES)
    if not exists(url):
        return
    filesystem, path = open_filesystem(url)
    with filesystem.open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)
