from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli.main import main
from flows.cli.tree import lineage_text
from flows.tracing.trace import trace
from storage.errors import LooseleafError
from storage.rolling_back import roll_back
from tests.flows.tracing.conftest import Traced, image_of


def test_a_run_leads_back_to_its_sources(traced: Traced) -> None:
    found = trace(traced.run)
    assert found.run is not None
    assert found.shards is not None
    assert (found.kind, found.dataset, found.run.tags) == ("run", traced.dataset, ("best",))
    assert (found.run.steps.total, found.run.samples) == (12, 20)
    assert found.shards.documents["train"] == 2
    assert [build.build_id for build in found.builds] == ["cccc3333", "bbbb2222", "aaaa1111"]
    assert [build.flow_run for build in found.builds] == ["flow-2", "flow-1", None]
    assert found.builds[0].tags == ("good",)
    assert found.builds[0].recipe["clean"]["image_min_side"] == 7
    (source,) = found.sources
    assert (source.name, source.place, source.license) == ("manuals", "/m", "CC0-1.0")
    assert (source.documents, source.kept, source.images) == (3, 2, 6)
    seen = [(row["doc_id"], row["uri"], row["times_seen"]) for row in found.documents.listed]
    assert seen == [("d1", "file:///m/1.md", 12), ("d2", "file:///m/2.md", 8)]
    assert found.images.total == 4
    assert found.images.listed[0]["urls"] == ["file:///m/1-0.png"]


def test_a_step_leads_to_the_documents_that_it_saw(traced: Traced) -> None:
    found = trace(traced.run, step=3)
    assert found.run is not None
    assert found.run.steps.listed == ({"step": 3, "documents": ["d1"]},)
    with pytest.raises(LooseleafError, match="took no step 13: choose one of 1 to 12"):
        trace(traced.run, step=13)


def test_shards_lead_back_to_documents_and_forward_to_runs(traced: Traced) -> None:
    found = trace(traced.shards)
    assert found.kind == "shards"
    assert [(row["doc_id"], row["split"]) for row in found.documents.listed] == [
        ("d1", "train"),
        ("d2", "train"),
    ]
    assert [(run.run, run.tags, run.is_there) for run in found.runs] == [(traced.run, ("best",), True)]


@pytest.mark.parametrize(
    ("at", "documents", "runs"), [(None, 2, 1), ("good", 2, 1), ("bbbb", 2, 1), ("aaaa", 2, 0)]
)
def test_a_build_leads_to_the_runs_that_learned_from_it(
    traced: Traced, at: str | None, documents: int, runs: int
) -> None:
    found = trace(traced.dataset, at)
    assert (found.documents.total, len(found.runs)) == (documents, runs)


def test_a_document_leads_back_to_its_source_and_forward_to_runs(traced: Traced) -> None:
    for name in ("d2", "file:///m/2.md", "2.md"):
        found = trace(traced.dataset, unit=name)
        assert found.document is not None
        assert found.kind == "document"
        assert found.document.row["title"] == "Chapter 2"
        assert found.document.elements == {"image": 2}
        assert found.document.builds == ("aaaa1111", "bbbb2222", "cccc3333")
        assert [run.times_seen for run in found.runs] == [8]
    rejected = trace(traced.dataset, unit="d3").document
    assert rejected is not None
    assert [row["rule"] for row in rejected.rejected_by] == ["document_min_words"]
    assert rejected.builds == ("bbbb2222", "cccc3333")


def test_an_image_leads_back_to_the_places_where_it_stands(traced: Traced) -> None:
    for name in ("file:///m/2-1.png", image_of(2, 1)):
        found = trace(traced.dataset, unit=name)
        assert found.image is not None
        assert [(row["doc_id"], row["position"]) for row in found.image.places.listed] == [("d2", 1)]
        assert [row["outcome"] for row in found.image.tries] == ["ok"]
        assert [row["doc_id"] for row in found.documents.listed] == ["d2"]


def test_a_roll_back_shows_in_the_lineage(traced: Traced, tmp_path: Path) -> None:
    dataset = str(tmp_path / "copy")
    shutil.copytree(traced.dataset, dataset)
    made = roll_back(dataset, "aaaa")
    found = trace(dataset)
    assert [build.build_id for build in found.builds] == [made.build_id, "cccc3333", "bbbb2222", "aaaa1111"]
    assert found.builds[0].rolled_back_to == "aaaa1111"


def test_a_run_whose_dataset_has_gone_tells_what_is_left(traced: Traced, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(traced.run, run)
    identity = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**identity, "shards": "/no/such/dataset/shards/1"}))
    found = trace(str(run))
    assert (found.dataset, found.builds, found.documents.total) == (None, (), 0)
    assert found.run is not None
    assert found.run.samples == 20
    assert "no longer where it was" in lineage_text(found)


def test_wrong_questions_are_said(traced: Traced, tmp_path: Path) -> None:
    for arguments, said in (
        ({"target": str(tmp_path)}, "neither a run, nor shards, nor a built dataset"),
        ({"target": traced.run, "at": "latest"}, "is a run, which has no --at"),
        ({"target": traced.dataset, "step": 1}, "is a dataset, which has no --step"),
        ({"target": traced.shards, "unit": "d1"}, "is a folder of shards, which has no --document"),
        ({"target": traced.dataset, "unit": "nothing"}, "neither a document nor an image 'nothing'"),
        ({"target": traced.dataset, "unit": "0000000"}, "means several things"),
    ):
        with pytest.raises(LooseleafError, match=said):
            trace(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_the_tree_names_everything_once(traced: Traced, limit: int) -> None:
    for target, options in (
        (traced.run, {}),
        (traced.shards, {}),
        (traced.dataset, {}),
        (traced.dataset, {"unit": "d2"}),
        (traced.dataset, {"unit": "file:///m/2-1.png"}),
    ):
        found = trace(target, limit=limit, **options)
        text = lineage_text(found)
        assert "cccc3333  mine  2026-01-03 00:00  [good]" in text
        assert "clean.image_min_side 7" in text
        assert "manuals (files)  /m  CC0-1.0  3 documents, 2 kept, 6 places of images" in text
        if found.runs:
            assert f"{traced.run}" in text
        json.dumps(asdict(replace(found)), default=str)


def test_the_command_prints_one_object(traced: Traced) -> None:
    result = CliRunner().invoke(main, ["lineage", traced.run, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["run"]["samples"] == 20
    result = CliRunner().invoke(main, ["lineage", traced.dataset, "--document", "d2"])
    assert "saw it 8 times  [best]" in result.stdout
