"""Seconds of a second build in which one document in a hundred changed, against those of the first.

Every stage looks at all names and decisions again, but reads, decodes and measures only what is new. Mining
is measured on a corpus of its own, without encoders.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.mine.stage import NEGATIVES
from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import StageReport, execute_here, run_stage
from tests.flows.building import build
from tests.pipeline.mine.growing import write_corpus

DOCUMENTS, CHANGED = 1000, 10
MEMBERS_OF = 3000  # documents of the corpus that is mined


def run() -> dict[str, float | str]:
    """Return seconds of both builds, by stage where they are many, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="looseleaf-incremental-") as folder:
        root, dataset = Path(folder, "reports"), str(Path(folder, "dataset"))
        root.mkdir()
        for number in range(DOCUMENTS):
            _write(root, number, 0)
        _, first = build(_recipe(root), dataset)
        for number in range(0, DOCUMENTS, DOCUMENTS // CHANGED):
            _write(root, number, 1)
        _, second = build(_recipe(root), dataset)
        measured: dict[str, float | str] = {"documents": DOCUMENTS, "changed": CHANGED}
        for name in second:
            measured[f"{name}, s"] = f"{first[name].seconds:.2f} then {second[name].seconds:.2f}"
        measured["second build to first"] = _seconds(second) / _seconds(first)
        return {**measured, **_mining(Path(folder, "mined"))}


def _mining(folder: Path) -> dict[str, float | str]:
    corpus = dict.fromkeys(range(MEMBERS_OF), 0)
    seconds = []
    for version in (0, 1):
        corpus |= dict.fromkeys(range(0, MEMBERS_OF, 100), version)
        context = write_corpus(folder, corpus, files=8)
        seconds.append(run_stage(NEGATIVES, context, execute_here, lambda done, total: None).seconds)
    return {
        "mining, s": f"{seconds[0]:.2f} then {seconds[1]:.2f}",
        "second mining to first": seconds[1] / seconds[0],
    }


def _seconds(reports: Mapping[str, StageReport]) -> float:
    return sum(report.seconds for report in reports.values())


def _recipe(root: Path) -> Recipe:
    source = {"kind": "files", "name": "reports", "root": str(root)}
    return recipe_from_dict({"name": "reports", "sources": [source], "words": {"engine": "none"}})


def _write(root: Path, number: int, version: int) -> None:
    draw = np.random.default_rng([number, version])
    pixels = draw.integers(0, 255, (240, 320, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(root / f"plot{number}.png")
    words = ["beam", "load", "steel", "bends", "support", "mesh", "solver", "stress", "heat", "mode", "plate"]
    paragraphs = "\n\n".join(" ".join(draw.choice(words, 60)) + "." for _ in range(8))
    (root / f"report{number}.md").write_text(
        f"# Report {number}\n\n{paragraphs}\n\n![deflection of beam {number}](plot{number}.png)\n"
    )
