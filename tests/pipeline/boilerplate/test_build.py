"""From pages on disk to marks in the table `elements`, over the stages that a build runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.extract.stage import EXTRACT
from pipeline.images.resolve import RESOLVE
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage import tables


def build(dataset: Path, root: Path, **more: Any) -> list[dict[str, Any]]:
    source = {"kind": "files", "name": "s", "root": str(root), **more}
    context = Context(str(dataset), recipe_from_dict({"name": "t", "sources": [source]}), "build")
    for stage in (EXTRACT, RESOLVE):
        run_stage(stage, context, execute_here, lambda done, total: None)
    rows = tables.read(str(dataset), "elements").to_pylist()
    return sorted(rows, key=lambda row: (row["doc_id"], row["position"]))


def page(number: int) -> str:
    return (
        "<p><img src=logo.png> Acme Tools for plates</p>"
        f"<h1>Part {number}</h1><p>What part {number} does.</p>"
        "<figure><img src=same.png><figcaption>The same plate.</figcaption></figure>"
        f"<p>Part {number} ends here.</p><p>Acme, all rights reserved</p>"
    )


def test_a_build_marks_what_the_pages_share_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for number in range(8):
        (root / f"{number}.html").write_text(page(number))
    (root / "note.md").write_text("Acme, all rights reserved\n")
    rows = build(tmp_path / "d", root)
    marked = {(row["kind"], row["text"]) for row in rows if row["boilerplate"]}
    assert ("text", "Acme, all rights reserved") in marked
    assert ("text", "Acme Tools for plates") in marked
    assert ("text", "The same plate.") not in marked
    assert not any(text and "Part" in text for _, text in marked)
    assert all((row["boilerplate_score"] or 0.0) >= 0.5 for row in rows if row["boilerplate"])
    # What is no page of a site is left alone.
    assert [row["boilerplate"] for row in rows if row["boilerplate_score"] is None] == [False]
    assert build(tmp_path / "d", root) == rows
    assert build(tmp_path / "other", root) == rows


def test_one_page_of_the_site_alone_has_no_marks(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "0.html").write_text(page(0))
    assert not any(row["boilerplate"] for row in build(tmp_path / "d", root))
