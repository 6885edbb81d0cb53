"""The generator of simulation reports."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from flows.demo.simulation.cases import FIGURES, KINDS, runs
from flows.demo.simulation.generate import generate
from flows.demo.simulation.report import write_report
from flows.demo.simulation.words import fits, notes, wordings


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulation") / "set"
    some = [run for run in runs(20, seed=3) if run.index == 0]
    for run in some:
        write_report(run, folder / run.family / f"run-{run.index + 1}", seed=3)
    return folder


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_every_kind_is_drawn_with_siblings() -> None:
    made = runs(20, seed=3)
    assert {run.kind for run in made} == set(KINDS)
    families = {run.family for run in made}
    assert all(sum(run.family == family for run in made) == 5 for family in families)
    assert len({run.case for run in made}) == 20


def test_links_name_pictures_and_paragraphs_of_the_report(written: Path) -> None:
    sidecars = sorted(written.rglob("links.json"))
    assert len(sidecars) == 4
    for sidecar in sidecars:
        said = json.loads(sidecar.read_text(encoding="utf-8"))
        markdown = (sidecar.parent / "report.md").read_text(encoding="utf-8")
        blocks = set(markdown.strip().split("\n\n"))
        assert said["family"] == sidecar.parent.parent.name
        assert said["links"]
        for link in said["links"]:
            assert link["text"] in blocks
            assert (sidecar.parent / link["image"]).is_file()
            assert Path(link["image"]).stem not in link["text"]


def test_pictures_are_distinct_and_large_enough(written: Path) -> None:
    pictures = sorted(written.rglob("*.png"))
    assert len({hashlib.sha256(p.read_bytes()).hexdigest() for p in pictures}) == len(pictures)
    assert len(pictures) >= 3 * 4
    for picture in pictures:
        with Image.open(picture) as image:
            assert min(image.size) >= 240
            assert image.convert("L").getextrema() != (255, 255)


def test_every_picture_is_referenced_once(written: Path) -> None:
    for report in written.rglob("report.md"):
        markdown = report.read_text(encoding="utf-8")
        named = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", markdown)
        there = {f"figures/{p.name}" for p in (report.parent / "figures").iterdir()}
        assert {n.replace("%28", "(").replace("%29", ")") for n in named} == there
        assert len(named) == len(there)


def test_not_all_paragraphs_belong_to_a_figure(written: Path) -> None:
    for sidecar in written.rglob("links.json"):
        linked = {link["text"] for link in json.loads(sidecar.read_text(encoding="utf-8"))["links"]}
        blocks = (sidecar.parent / "report.md").read_text(encoding="utf-8").strip().split("\n\n")
        others = [b for b in blocks if b[0] not in "#!|" and b not in linked]
        assert len(others) >= 3


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first = generate(tmp_path / "a", reports=1, seed=5, processes=1)
    second = generate(tmp_path / "b", reports=1, seed=5, processes=2)
    assert first.images == second.images
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b")


def test_a_finished_set_is_left_alone_and_another_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    generate(folder, reports=1, seed=5, processes=1)
    report = next(folder.rglob("report.md"))
    before = report.stat().st_mtime_ns
    assert generate(folder, reports=1, seed=5, processes=1).reports == 1
    assert report.stat().st_mtime_ns == before
    generate(folder, reports=1, seed=6, processes=1)
    assert not report.exists() or report.stat().st_mtime_ns != before


def test_wordings_are_there_for_every_figure() -> None:
    figures = {figure for choice in FIGURES.values() for figure in choice}
    assert set(wordings()) == figures
    assert figures <= set(notes()["file_names"])
    assert figures <= set(notes()["alternatives"])


def test_a_sentence_is_used_only_when_its_facts_are_known() -> None:
    assert fits("The peak is {peak}.", {"peak": "3 MPa"})
    assert not fits("The peak is {peak} at {place}.", {"peak": "3 MPa"})
