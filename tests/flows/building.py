"""A build in this process: its stages as plain functions, without services, and its version.

`python -m tests.flows.building RECIPE DATASET` makes one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flows.pinning import first_id, pin
from flows.stages import BUILD_STAGES, stage_called
from pipeline.recipe import Recipe, load_recipe
from pipeline.runner import StageReport, execute_here, run_stage
from pipeline.stage import Context
from storage.builds import Build
from storage.digest import dataset_digest

#: Tables that a build fills.
TABLES = (
    "documents", "elements", "images", "image_fetches", "rejections", "groups", "links", "document_stats",
    "element_stats", "image_stats",
)  # fmt: skip
#: When something was asked for, which no second build can repeat.
TIMES = ("fetched_at", "tried_at", "next_try_at")


def build(
    recipe: Recipe, dataset: str, stages: Sequence[str] = BUILD_STAGES
) -> tuple[Build, Mapping[str, StageReport]]:
    """Bring a dataset up to date with its recipe; return the build and what its stages did."""
    context = Context(dataset, recipe, first_id(recipe))
    reports = {
        name: run_stage(stage_called(name), context, execute_here, lambda done, total: None)
        for name in stages
    }
    told: dict[str, Any] = {name: asdict(report) for name, report in reports.items()}
    return pin(dataset, recipe, None, told, None), reports


def processed(reports: Mapping[str, StageReport], unit: str) -> dict[str, int]:
    """Return how many documents or images each stage processed now, of the stages that count them."""
    return {name: report.processed[unit] for name, report in reports.items() if unit in report.processed}


def digest(dataset: str) -> str:
    """Return the hash of all rows of a dataset, but for times."""
    return dataset_digest(dataset, TABLES, TIMES)


if __name__ == "__main__":
    build(load_recipe(sys.argv[1]), sys.argv[2])
