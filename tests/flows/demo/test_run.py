"""What the demo prepares before the flows, and what it counts after them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.demo import run
from flows.demo.recipe import SIMULATION, write_recipe
from flows.demo.run import accounts, gather, run_demo
from flows.watching import StageEvent, watched_by
from pipeline.recipe import FilesSource, load_recipe
from storage import tables
from storage.errors import LooseleafError
from storage.schemas import table_of


def test_the_recipe_reads_archives_and_reports(tmp_path: Path) -> None:
    archives = [tmp_path / name for name in ("a.tar.gz", "b.tar.gz", "c.tar.gz", "d.tar.gz")]
    recipe = load_recipe(str(write_recipe(tmp_path, archives)))
    roots = {source.name: source.root for source in recipe.sources if isinstance(source, FilesSource)}
    assert len(recipe.sources) == 5
    assert roots["simulation"] == str(tmp_path / SIMULATION)
    assert roots["build123d"] == str(archives[0])


def test_gathering_tells_its_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "fetch_corpora", lambda: [tmp_path / f"{k}.tar.gz" for k in range(4)])
    events: list[StageEvent] = []
    with watched_by(events.append):
        recipe = gather(tmp_path, reports=1)
    assert recipe == tmp_path / "recipe.yaml"
    assert [e.stage for e in events if e.report is not None] == ["simulate", "download"]
    assert len(list((tmp_path / SIMULATION).rglob("report.md"))) == 1


def test_accounts_add_up(tmp_path: Path) -> None:
    dataset = str(tmp_path / "dataset")
    rows = {
        "documents": [{"doc_id": name, "source": "s"} for name in ("a", "b", "c")],
        "images": [{"image_id": "1"}, {"image_id": "2"}],
        "elements": [
            {"doc_id": "a", "position": k, "kind": "image", "image_url": url, "image_id": image_id}
            for k, (url, image_id) in enumerate([("u1", "1"), ("u2", "2"), ("u3", None), ("u4", "lost")])
        ],
        "rejections": [
            {"unit": "document", "unit_id": "c", "rule": "too_short", "stage": "clean"},
            {"unit": "image", "unit_id": "2", "rule": "too_small", "stage": "clean"},
        ],
    }
    for name, content in rows.items():
        part = tables.write_part(dataset, name, "test-1", table_of(name, content))
        tables.commit(dataset, name, "test", [part], app_id="test")
    counted = accounts(dataset)
    assert counted["documents"] == {"read": 3, "kept": 2, "rejected": 1}
    assert counted["images"] == {"referenced": 4, "kept": 1, "rejected": 2, "missing": 1}
    assert json.loads(json.dumps(counted)) == counted


def test_a_place_that_is_no_local_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(LooseleafError, match="is a file"):
        run_demo(str(file))
    with pytest.raises(LooseleafError, match="local files"):
        run_demo("s3://bucket/demo")
