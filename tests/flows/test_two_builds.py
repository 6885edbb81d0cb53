"""Two builds of one dataset at once: both end, and nothing is lost or there twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from storage.builds import list_builds
from storage.digest import dataset_digest
from storage.tables import versions
from tests.flows.reports import DOCUMENTS, TABLES


def test_two_builds_of_one_recipe_end_as_one(recipe: Path, undisturbed: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    command = [sys.executable, "-m", "tests.flows.building", str(recipe), str(dataset)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(timeout=200) for process in running] == [0, 0]
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    (build,) = list_builds(str(dataset))
    assert build.counts["documents"] == DOCUMENTS + 2
    # Creation and one commit; a table of several stages has one of each.
    assert len(versions(str(dataset), "documents")) == 2
    assert len(versions(str(dataset), "elements")) == 2
