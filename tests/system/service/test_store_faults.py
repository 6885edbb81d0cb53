"""A build into an object store of whose answers one in ten is an error, is lost or comes late."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.spec import JobSpec, read_result, write_spec
from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.reports import DOCUMENTS, TABLES, stage_arguments
from tests.storage.faulty_store import BUCKET, KINDS, FaultyStore, faulty_store

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def store() -> Iterator[FaultyStore]:
    with faulty_store() as store:
        yield store


def _run(name: str, recipe: Path, dataset: str, folder: str, *, tries: int = 10) -> int:
    """Run a stage as its job would; `folder` takes the job's files."""
    arguments = {**stage_arguments(recipe, Path("x")), "dataset": dataset}
    url = write_spec(folder, JobSpec(name, arguments))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "AWS_MAX_ATTEMPTS": str(tries)}
    command = [sys.executable, "-m", "flows.job", name, url, "--here"]
    return subprocess.run(command, env=environment, check=False, timeout=200).returncode


def test_a_build_gives_the_rows_that_it_gives_on_a_disk(
    store: FaultyStore, recipe: Path, undisturbed: Path
) -> None:
    dataset = f"s3://{BUCKET}/ten"
    store.fail(0.1, seed=1)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.flows.building", str(recipe), dataset]
    for _ in range(2):
        assert subprocess.run(command, env=environment, check=False, timeout=400).returncode == 0
    (build,) = list_builds(dataset)
    assert build.counts["documents"] == DOCUMENTS + 2
    assert dataset_digest(dataset, TABLES) == dataset_digest(str(undisturbed), TABLES)
    counted = store.counted()
    assert set(counted.faults) == set(KINDS)
    assert 0.05 < sum(counted.faults.values()) / sum(counted.asked.values()) < 0.2
    assert counted.in_flight == 0


def test_a_store_that_fails_for_good_is_one_sentence_and_costs_nothing(
    store: FaultyStore, recipe: Path, tmp_path: Path
) -> None:
    dataset = f"s3://{BUCKET}/down"
    store.fail(0.0)
    assert _run("extract", recipe, dataset, str(tmp_path / "before")) == 0
    store.fail(1.0, ("500", "503"))
    assert _run("fetch", recipe, dataset, str(tmp_path / "down"), tries=2) == 1
    result = read_result(str(tmp_path / "down"))
    assert result is not None
    assert result.error is not None
    assert result.error.startswith(f"The object store of {dataset} failed again and again (")
    assert store.counted().in_flight == 0
    store.fail(0.0)
    assert _run("fetch", recipe, dataset, str(tmp_path / "after")) == 0
