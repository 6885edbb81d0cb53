"""A stage that takes up old files while a vacuum takes them away ends with all of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest

from pipeline import runner
from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import StageReport, execute_here, run_stage
from pipeline.stage import Chunk, Context, Stage
from storage import filesystem, tables
from storage.builds import Build, record_build
from storage.errors import LooseleafError
from storage.schemas import table_of
from storage.staging import staging_batches
from storage.vacuuming import vacuum as vacuuming
from storage.vacuuming.vacuum import vacuum

NOW = timedelta(0)


def _plan(context: Context) -> Iterator[Chunk]:
    for number in range(3):
        yield Chunk({"id": f"{context.recipe.name}{number}"})


def _process(_context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    rows = table_of("documents", [{"doc_id": chunk.inputs["id"]}])
    return {"documents": rows, "staging/seen": rows.select(["doc_id"])}


STAGE = Stage("extract", ("documents",), _plan, _process, lambda _recipe: {})


def recipe(name: str) -> Recipe:
    return recipe_from_dict({"name": name, "sources": [{"kind": "files", "name": "a", "root": "/nowhere"}]})


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A dataset that was built with recipe `old` and then with `new`; the recipe is `old` again."""
    context = Context(str(tmp_path / "dataset"), recipe("old"), "x")
    for name in ("old", "new"):
        run(replace(context, recipe=recipe(name)))
        version = tables.version(context.dataset, "documents")
        assert version is not None
        made = Build(name, None, "build", datetime.now(UTC), "{}", "1", {"documents": version})
        record_build(context.dataset, made)
    return context


def run(context: Context) -> StageReport:
    return run_stage(STAGE, context, execute_here, lambda _done, _total: None)


def check(context: Context) -> None:
    wanted = ["old0", "old1", "old2"]
    assert sorted(tables.read(context.dataset, "documents")["doc_id"].to_pylist()) == wanted
    staged = [batch["doc_id"].to_pylist() for batch in staging_batches(context.dataset, "seen")]
    assert sorted(doc_id for ids in staged for doc_id in ids) == wanted
    # Manifests that went are made again, once.
    run(context)
    report = run(context)
    assert report.skipped == report.chunks == 3


def test_files_that_went_before_the_commit_are_made_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit: Callable[..., object] = runner.__dict__["_commit"]
    vacuums: list[int] = []

    def late(*arguments: object) -> object:
        if not vacuums:
            vacuums.append(sum(vacuum(context.dataset, 1, NOW).files.values()))
        return commit(*arguments)

    monkeypatch.setattr(runner, "_commit", late)
    report = run(context)
    monkeypatch.undo()
    assert vacuums == [6]
    assert report.skipped == 0
    check(context)


@pytest.mark.parametrize("deletions", range(9))
def test_a_stage_that_runs_between_two_deletions_has_its_rows(
    context: Context, monkeypatch: pytest.MonkeyPatch, deletions: int
) -> None:
    """Three manifests go first, then six files: at each of these moments a whole stage runs."""
    asked: list[str] = []
    ran: list[StageReport] = []

    def delete(url: str, *more: float) -> bool:
        if len(asked) == deletions:
            ran.append(run(context))
        asked.append(url)
        return filesystem.delete_file(url, *more)

    monkeypatch.setattr(vacuuming, "delete_file", delete)
    vacuum(context.dataset, 1, NOW)
    monkeypatch.undo()
    assert len(ran) == 1
    check(context)


def test_a_commit_between_the_manifests_and_the_files_is_made_whole(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage took up old files before the vacuum; the vacuum looked at the tables before the commit."""
    commit: Callable[..., object] = runner.__dict__["_commit"]
    taken_up, may_commit = Event(), Event()
    asked: list[str] = []

    def late(*arguments: object) -> object:
        taken_up.set()
        assert may_commit.wait(60)
        return commit(*arguments)

    monkeypatch.setattr(runner, "_commit", late)
    with ThreadPoolExecutor(1) as pool:
        stage = pool.submit(run, context)
        assert taken_up.wait(60)

        def delete(url: str, *more: float) -> bool:
            if len(asked) == 3:  # the manifests went, and the tables were looked at
                may_commit.set()
                stage.result(60)
            asked.append(url)
            return filesystem.delete_file(url, *more)

        monkeypatch.setattr(vacuuming, "delete_file", delete)
        vacuum(context.dataset, 1, NOW)
    assert len(asked) == 9
    monkeypatch.undo()
    check(context)


def test_files_that_go_again_and_again_are_said(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_lost", lambda *_arguments: True)
    with pytest.raises(LooseleafError, match=r"lost files .* again and again"):
        run(context)
