"""A small source of documents, and a recipe for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from flows.pinning import first_id
from flows.spec import JobSpec, write_spec
from flows.stages import BUILD_STAGES
from pipeline.recipe import load_recipe

DOCUMENTS = 40  # two chunks of reading

#: What a build of them writes that is the same however it came about.
TABLES = ("documents", "elements", "images", "image_fetches", "rejections", "groups")


def write_reports(folder: Path) -> Path:
    """Write Markdown reports with an image each, a page whose image is missing, and a broken notebook.

    Returns:
        Their recipe.
    """
    draw = np.random.default_rng(0)
    for index in range(DOCUMENTS):
        pixels = draw.integers(0, 255, (100, 120, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"plot{index}.png")
        (folder / f"report{index}.md").write_text(
            f"# Report {index}\n\nBeam {index} bends under a load of {index * 10} newtons.\n\n"
            f"![deflection of beam {index}](plot{index}.png)\n\nIt is held at both ends, and made of steel.\n"
        )
    (folder / "page.html").write_text("<p>Five words are in here.</p><img src=nothing.png alt=gone>")
    (folder / "broken.ipynb").write_text("{")
    path = folder / "recipe.yaml"
    path.write_text(
        "name: reports\nsources:\n  - {kind: files, name: reports, root: .}\nwords: {engine: none}\n"
    )
    return path


def stage_arguments(recipe: Path, dataset: Path) -> dict[str, Any]:
    """Return what the flow tells each stage."""
    loaded = load_recipe(str(recipe))
    return {
        "dataset": str(dataset),
        "recipe": loaded.model_dump(mode="json"),
        "build_id": first_id(loaded),
    }


def start_stage(folder: Path, name: str, arguments: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start a stage as its job would, without a service; `folder` takes the job's files."""
    url = write_spec(str(folder), JobSpec(name, arguments))
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "flows.job", name, url, "--here"], env=environment)


def build_undisturbed(recipe: Path, root: Path) -> Path:
    """Run each stage of a build to its end, without a service; return the dataset, which is not pinned."""
    dataset = root / "dataset"
    for name in BUILD_STAGES:
        assert start_stage(root / name, name, stage_arguments(recipe, dataset)).wait(timeout=120) == 0
    return dataset
