"""The generator of simulation reports."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from flows.demo.simulation.cases import FIGURES, KINDS, runs
from flows.demo.simulation.generate import generate
from flows.demo.simulation.report import write_report
from flows.demo.simulation.words import fits, notes, wordings
from storage.errors import LooseleafError


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


def test_several_processes_write_what_one_would(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = generate(tmp_path / "set", 2, 5, processes=2, progress=lambda *n: told.append(n))
    for run in runs(2, seed=5):
        write_report(run, tmp_path / "here" / run.family / f"run-{run.index + 1}", seed=5)
    (tmp_path / "set" / "done.json").rename(tmp_path / "done.json")
    assert _digest(tmp_path / "set") == _digest(tmp_path / "here")
    assert made.images == len(list((tmp_path / "here").rglob("*.png")))
    assert told == [(1, 2), (2, 2)]


def test_a_finished_set_is_left_alone_and_a_half_one_is_written_anew(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    made = generate(folder, reports=1, seed=5, processes=1)
    (folder / "stray.txt").write_text("was here")
    assert generate(folder, reports=1, seed=5, processes=1) == made
    assert (folder / "stray.txt").exists()
    half = json.loads((folder / "done.json").read_text()) | {"finished": False}
    (folder / "done.json").write_text(json.dumps(half))
    assert generate(folder, reports=1, seed=5, processes=1) == made
    assert not (folder / "stray.txt").exists()


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(LooseleafError, match="holds other files"):
        generate(tmp_path, reports=1)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_a_process_that_fails_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(LooseleafError, match="could not be written"):
        generate(tmp_path / "set", reports=1, processes=1)


def test_wordings_are_there_for_every_figure() -> None:
    figures = {figure for choice in FIGURES.values() for figure in choice}
    assert set(wordings()) == figures
    assert figures <= set(notes()["file_names"])
    assert figures <= set(notes()["alternatives"])


def test_a_sentence_is_used_only_when_its_facts_are_known() -> None:
    assert fits("The peak is {peak}.", {"peak": "3 MPa"})
    assert not fits("The peak is {peak} at {place}.", {"peak": "3 MPa"})
