"""From real files to decisions: what is measured once, and what presets make of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from pipeline.clean.measure import MEASURE
from pipeline.clean.stage import CLEAN
from pipeline.extract.stage import EXTRACT
from pipeline.group.stage import GROUP
from pipeline.images.fetch import FETCH
from pipeline.images.resolve import RESOLVE
from pipeline.images.stage import IMAGES
from pipeline.recipe import recipe_from_dict
from pipeline.runner import StageReport, execute_here, run_stage
from pipeline.stage import Context, Stage
from storage.queries import run_query
from storage.tables import read

READ = (EXTRACT, FETCH, RESOLVE, IMAGES, MEASURE)
_LINE = "smoothSolver:  Solving for U{}, Initial residual = {:.6f}, Final residual = {:.3e}, No Iterations 2"
LOG = "\n".join(_LINE.format(axis, 1 / (i + 1), 0.01 / (i + 1)) for i in range(60) for axis in "xyz")
TABLE = "| LC | ux / mm | s_max / MPa |\n|---|---|---|\n" + "\n".join(
    f"| {i} | {0.013 * i:.3f} | {12.7 * i:.1f} |" for i in range(1, 14)
)
NOTE = "The run stopped early because the mesh was too coarse at the weld, and so we made it finer there."


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A run as an engineer leaves it: a log, a result table, a plot four times as wide as high."""
    root = tmp_path / "root"
    root.mkdir()
    plot = Image.new("RGB", (1200, 300), "white")
    ImageDraw.Draw(plot).line([(x, 150 + (x * 7919) % 120 - 60) for x in range(0, 1200, 5)], "navy", 3)
    plot.save(root / "residuals.png")
    (root / "run.md").write_text(
        f"# Run 12\n\n{NOTE}\n\n```\n{LOG}\n```\n\n{TABLE}\n\n![Residuals](residuals.png)\n", encoding="utf-8"
    )
    return root


def run(dataset: Path, root: Path, stages: Sequence[Stage], **clean: Any) -> list[StageReport]:
    sources = [{"kind": "files", "name": "s", "root": str(root)}]
    context = Context(str(dataset), recipe_from_dict({"name": "t", "sources": sources, "clean": clean}), "b")
    return [run_stage(stage, context, execute_here, lambda done, total: None) for stage in stages]


def rules(dataset: Path) -> set[tuple[str, str]]:
    return {(row["unit"], row["rule"]) for row in read(str(dataset), "rejections").to_pylist()}


def dropped_kinds(dataset: Path) -> set[str]:
    found = run_query(
        str(dataset),
        "SELECT DISTINCT kind FROM elements JOIN rejections ON unit = 'element'"
        " AND unit_id = doc_id || '#' || position",
    )
    return set(found.column("kind").to_pylist())


def test_cae_keeps_a_log_a_table_and_a_wide_plot_that_obelics_kills(tmp_path: Path, case: Path) -> None:
    dataset = tmp_path / "d"
    run(dataset, case, [*READ, CLEAN], preset="cae")
    assert rules(dataset) == set()
    run(dataset, case, [*READ, CLEAN], preset="obelics")
    assert dropped_kinds(dataset) >= {"code", "table"}
    assert ("image", "aspect") in rules(dataset)
    assert ("document", "special_characters") in rules(dataset)
    run(dataset, case, [*READ, CLEAN], preset="mmc4")
    assert dropped_kinds(dataset) >= {"code", "table"}
    run(dataset, case, [*READ, CLEAN], preset="none")
    assert rules(dataset) == set()


def test_another_threshold_or_preset_measures_nothing_again(tmp_path: Path, case: Path) -> None:
    dataset = tmp_path / "d"
    run(dataset, case, [*READ, CLEAN])
    changes: list[dict[str, Any]] = [
        {"preset": "obelics"},
        {"preset": "mmc4"},
        {"image_min_side": 400},
        {"document_near_duplicates": 0.8, "image_near_duplicates": 3},
    ]
    for clean in changes:
        *earlier, decided = run(dataset, case, [*READ, CLEAN], **clean)
        assert all(report.skipped == report.chunks for report in earlier)
        assert (decided.chunks, decided.skipped) == (1, 0)
    assert ("image", "too_small") not in rules(dataset)


def test_groups_are_without_dropped_texts(tmp_path: Path, case: Path) -> None:
    dataset = tmp_path / "d"
    run(dataset, case, [*READ, CLEAN, GROUP], preset="none")
    before = run_query(str(dataset), "SELECT texts FROM groups WHERE kind = 'document'").to_pylist()
    run(dataset, case, [*READ, CLEAN, GROUP], preset="none", element_max_special=0.5)
    after = run_query(str(dataset), "SELECT texts FROM groups WHERE kind = 'document'").to_pylist()
    tables = run_query(str(dataset), "SELECT position FROM elements WHERE kind = 'table'").to_pylist()
    (gone,) = [row["position"] for row in tables]
    assert gone in before[0]["texts"]
    assert after[0]["texts"] == [position for position in before[0]["texts"] if position != gone]


def test_repeated_paragraphs_of_a_source_go_and_those_of_two_sources_stay(tmp_path: Path) -> None:
    notice = "This page belongs to the manual of the program, and its words come again on each page."
    sources = []
    for name, pages in (("a", 3), ("b", 1)):
        (tmp_path / name).mkdir()
        for page in range(pages):
            own = f"Page {page} of {name} tells of something that no other page has told so far."
            (tmp_path / name / f"{page}.md").write_text(f"{own}\n\n{notice}\n")
        sources.append({"kind": "files", "name": name, "root": str(tmp_path / name)})
    recipe = recipe_from_dict(
        {"name": "t", "sources": sources, "clean": {"preset": "none", "element_max_repeats": 1}}
    )
    for stage in (*READ, CLEAN):
        run_stage(stage, Context(str(tmp_path / "d"), recipe, "b"), execute_here, lambda done, total: None)
    found = read(str(tmp_path / "d"), "rejections").to_pylist()
    assert [(row["rule"], row["value"], row["source"]) for row in found] == [
        ("repeated_paragraph", 3, "a")
    ] * 3
    kills = run_query(str(tmp_path / "d"), "SELECT rule, source, looked_at, killed, share FROM kills")
    assert kills.to_pylist() == [
        {"rule": "repeated_paragraph", "source": "a", "looked_at": 6, "killed": 3, "share": 0.5}
    ]
