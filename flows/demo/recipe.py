"""The recipe of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from flows.demo.corpora import CORPORA, sources_of

SIMULATION = Path("sources") / "simulation"
_HEAD = """\
# Real documentation out of source archives, and generated simulation reports whose true links are known.
# Build it again with: looseleaf build recipe.yaml --out dataset
"""


def write_recipe(folder: Path, archives: Sequence[Path]) -> Path:
    """Write `recipe.yaml` into the demo's folder, whose simulation reports it reads beside the archives."""
    simulation = {
        "kind": "files",
        "name": "simulation",
        "root": SIMULATION.as_posix(),
        "include": ["**/report.md"],
        "license": "CC0-1.0",
        "links": "links.json",
    }
    recipe = {
        "name": "demo",
        "sources": [*sources_of(CORPORA, archives), simulation],
        # Some pages show badges from elsewhere: the demo gives the same rows with and without a network.
        "network": {"remote_images": False},
        # Reading words takes as long as all the rest of the build, and no model of the demo uses them yet.
        "words": {"engine": "none"},
    }
    path = folder / "recipe.yaml"
    path.write_text(_HEAD + yaml.safe_dump(recipe, sort_keys=False, width=100), encoding="utf-8")
    return path
