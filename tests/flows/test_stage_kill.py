"""A stage that is killed and run again ends as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from flows.pinning import pin
from flows.spec import read_result
from flows.stages import BUILD_STAGES
from pipeline.recipe import load_recipe
from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.reports import DOCUMENTS, TABLES, stage_arguments, start_stage


def files_of(dataset: Path) -> set[str]:
    return {os.path.join(folder, name) for folder, _, names in os.walk(dataset) for name in names}


def kill_after_files(process: subprocess.Popen[bytes], dataset: Path, count: int) -> None:
    """Kill `process` as soon as it has made so many files, or has ended."""
    before = files_of(dataset)
    until = time.monotonic() + 60
    while process.poll() is None and len(files_of(dataset) - before) < count:
        assert time.monotonic() < until
        time.sleep(0.002)
    process.kill()
    process.wait()


def test_a_build_that_is_killed_in_each_stage_ends_as_an_undisturbed_one(
    recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "killed"
    arguments = stage_arguments(recipe, dataset)
    for number, name in enumerate(BUILD_STAGES):
        # After its first, second or third file: within a chunk, between chunks, before the commit.
        kill_after_files(start_stage(tmp_path / name, name, arguments), dataset, 1 + number % 3)
        assert start_stage(tmp_path / name, name, arguments).wait(timeout=120) == 0
        assert read_result(str(tmp_path / name)) is not None
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    loaded = load_recipe(str(recipe))
    first, second = (pin(str(place), loaded, None, {}, None) for place in (undisturbed, dataset))
    assert first.build_id == second.build_id
    assert first.counts["documents"] == DOCUMENTS + 2
    pin(str(dataset), loaded, None, {}, None)
    assert len(list_builds(str(dataset))) == 1
