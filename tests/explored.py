"""A small mined dataset of real documents for the explorer: manuals, a book, reports, planted scripts.

`python -m tests.explored build FOLDER PAGES REPORTS` and `mine DATASET` make it in a process of their own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from flows.bench.corpora import debian_tree
from flows.demo.simulation.generate import generate
from flows.explorer.map_drawing import draw_maps
from flows.explorer.snapshot import take_snapshot
from flows.pinning import first_id, pin
from flows.stages import BUILD_STAGES, stage_called
from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.builds import latest_build

PLANTED = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
#: Neither is crawled, and pictures' words are not read.
_LEFT_OUT = ("crawl", "words")
_MINED = ("embed", "negatives")


def build_explored(folder: Path, *, pages: int = 16, reports: int = 24) -> str:
    """Build and mine a dataset below `folder` and return its path.

    Args:
        folder: takes the sources and the dataset.
        pages: of the CAD kernel's guides, the largest ones first.
        reports: on simulations.
    """
    recipe = recipe_from_dict(explored_recipe(folder, pages, reports))
    dataset = str(folder / "dataset")
    context = Context(dataset, recipe, first_id(recipe))
    for name in BUILD_STAGES:
        if name not in _LEFT_OUT:
            run_stage(stage_called(name), context, execute_here, _quiet)
    pin(dataset, recipe, None, {}, None)
    mine_again(dataset)
    return dataset


def mine_again(dataset: str) -> None:
    """Mine a dataset by its newest build's recipe, and record that."""
    build = latest_build(dataset)
    assert build is not None
    recipe = Recipe.model_validate_json(build.recipe)
    context = Context(dataset, recipe, build.build_id)
    for name in _MINED:
        run_stage(stage_called(name), context, execute_here, _quiet)
    pin(dataset, recipe, build.build_id, {}, None)


def serve_explored(dataset: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the explorer on a free port; return its process and its address once it answers."""
    command = [sys.executable, "-m", "flows.cli.main", "explore", dataset, "--port", "0", *arguments]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if line.startswith("Explore "):
            return server, line.rsplit(" ", 1)[1].strip()
    raise AssertionError(f"the explorer ended with status {server.wait()}")


def explored_recipe(folder: Path, pages: int, reports: int) -> dict[str, Any]:
    """Return the recipe over these documents; reports and planted scripts are written below `folder`."""
    guides = debian_tree("libocct-doc") / "usr/share/doc/libocct-doc/html"
    largest = sorted(guides.glob("*.html"), key=lambda path: (-path.stat().st_size, path.name))[:pages]
    book = debian_tree("kicad-doc-en") / "usr/share/doc/kicad/help/en"
    written, planted = folder / "reports", folder / "planted"
    generate(written, reports, seed=0)
    planted.mkdir(parents=True, exist_ok=True)
    # With a picture it has groups, vectors and negatives as others have.
    Image.linear_gradient("L").save(planted / "planted.png")
    text = PLANTED.replace("<", "&lt;").replace(">", "&gt;")
    (planted / "planted.html").write_text(
        f"<title>{text}</title><h1>{text}</h1><p>The page of a stranger says {text} and means it.</p>"
        f'<img src="planted.png" alt="{text}">'
        f"<ul><li>{text}</li></ul><table><tr><td>{text}</td><td>javascript:window.ran=1</td></tr></table>"
        f"<script>window.ran = 1</script><p>Five more words stand here.</p>",
    )
    sources = [
        {"kind": "files", "name": "occt", "root": str(guides), "include": [path.name for path in largest]},
        {"kind": "files", "name": "kicad", "root": str(book), "include": ["eeschema.html", "pcbnew.html"]},
        {
            "kind": "files",
            "name": "simulation",
            "root": str(written),
            "include": ["**/report.md"],
            "links": "links.json",
        },
        {"kind": "files", "name": "planted", "root": str(planted)},
    ]
    return {
        "name": "explored",
        "sources": sources,
        "words": {"engine": "none"},
        "network": {"remote_images": False},
    }


def apart(*arguments: str) -> None:
    """Do what this module's command does, in a process that takes what it needs of memory with it."""
    subprocess.run([sys.executable, "-m", "tests.explored", *arguments], check=True, timeout=600)


def _quiet(done: int, total: int) -> None:
    """Say nothing of the progress."""


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["build", folder, pages, reports]:
            draw_maps(take_snapshot(build_explored(Path(folder), pages=int(pages), reports=int(reports))))
        case ["mine", dataset]:
            mine_again(dataset)
        case _:
            sys.exit(f"usage: {__doc__}")
