"""The recipe of a folder of simulation reports whose links are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml


def write_reports_recipe(path: Path, name: str, reports: Path, words: Literal["auto", "none"]) -> Path:
    """Write the recipe of `reports` to `path`, and return it.

    Args:
        path: of the YAML file.
        name: of the dataset.
        reports: folder of a folder a report, as `flows.demo.simulation.generate` writes them.
        words: the engine that reads words in pictures.
    """
    source: dict[str, Any] = {
        "kind": "files",
        "name": "simulation",
        "root": str(reports),
        "include": ["**/report.md"],
        "license": "CC0-1.0",
        "links": "links.json",
    }
    recipe = {"name": name, "sources": [source], "words": {"engine": words}}
    path.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return path
