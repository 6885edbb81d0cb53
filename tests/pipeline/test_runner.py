import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import Done, StageReport, Work, execute_here, run_stage
from pipeline.stage import Chunk, Context, Stage
from storage import tables
from storage.errors import LooseleafError
from storage.schemas import table_of
from storage.staging import staging_batches, staging_files


def _plan(context: Context) -> Iterator[Chunk]:
    for start in range(0, 6, 2):
        yield Chunk({"ids": [str(start), str(start + 1)]})


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    documents = table_of("documents", [{"doc_id": doc_id} for doc_id in chunk.inputs["ids"]])
    return {
        "documents": documents,
        "links": table_of("links", []),
        "staging/seen": documents.select(["doc_id"]),
    }


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return {"name": recipe.name}


STAGE = Stage("extract", ("documents", "links"), _plan, _process, _settings)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    recipe = recipe_from_dict(
        {"name": "small", "sources": [{"kind": "files", "name": "a", "root": str(tmp_path)}]}
    )
    return Context(str(tmp_path / "dataset"), recipe, "b1")


def _run(stage: Stage, context: Context) -> StageReport:
    return run_stage(stage, context, execute_here, lambda done, total: None)


def _ids(context: Context) -> list[str]:
    return sorted(tables.read(context.dataset, "documents")["doc_id"].to_pylist())


def test_a_stage_commits_its_tables_and_publishes_its_staging(context: Context) -> None:
    report = _run(STAGE, context)
    assert _ids(context) == ["0", "1", "2", "3", "4", "5"]
    assert tables.version(context.dataset, "links") == 0
    assert sum(batch.num_rows for batch in staging_batches(context.dataset, "seen")) == 6
    assert (report.chunks, report.skipped) == (3, 0)
    assert report.rows == {"documents": 6, "links": 0, "staging/seen": 6}
    assert report.peak_memory > 0


def test_a_second_run_does_nothing(context: Context) -> None:
    _run(STAGE, context)
    before = tables.version(context.dataset, "documents")
    report = _run(replace(STAGE, process=_fail), context)
    assert (report.chunks, report.skipped) == (3, 3)
    assert report.rows == {"documents": 6, "links": 0, "staging/seen": 6}
    assert tables.version(context.dataset, "documents") == before


def test_other_settings_replace_the_rows(context: Context) -> None:
    _run(STAGE, context)
    files = staging_files(context.dataset, "seen")
    other = replace(context, build_id="b2", recipe=context.recipe.model_copy(update={"name": "other"}))
    assert _run(STAGE, other).skipped == 0
    assert _ids(context) == ["0", "1", "2", "3", "4", "5"]
    assert not set(staging_files(context.dataset, "seen")) & set(files)


def test_chunks_that_left_the_plan_take_their_rows_with_them(context: Context) -> None:
    _run(STAGE, context)
    _run(replace(STAGE, plan=lambda context: iter(list(_plan(context))[:1])), context)
    assert _ids(context) == ["0", "1"]
    assert len(staging_files(context.dataset, "seen")) == 1
    _run(replace(STAGE, plan=lambda context: iter(())), context)
    assert _ids(context) == []
    assert staging_files(context.dataset, "seen") == []


def test_equal_chunks_count_once(context: Context) -> None:
    _run(replace(STAGE, plan=lambda context: iter([*_plan(context), *_plan(context)])), context)
    assert _ids(context) == ["0", "1", "2", "3", "4", "5"]


def test_a_part_that_went_missing_is_made_again(context: Context) -> None:
    _run(STAGE, context)
    Path(tables.files(context.dataset, "documents")[0]).unlink()
    report = _run(STAGE, context)
    assert (report.chunks, report.skipped) == (3, 2)
    assert _ids(context) == ["0", "1", "2", "3", "4", "5"]


def test_an_expected_failure_names_the_chunk_and_keeps_what_was_done(context: Context) -> None:
    with pytest.raises(
        LooseleafError, match=r"^Stage extract failed at chunk [0-9a-f]{32} \(.*\"4\".*\): disk full$"
    ):
        _run(replace(STAGE, process=_fail_at_four), context)
    assert tables.version(context.dataset, "documents") is None
    assert _run(STAGE, context).skipped == 2


def test_a_bug_ends_the_stage_as_what_it_is(context: Context) -> None:
    with pytest.raises(KeyError):
        _run(replace(STAGE, process=_fail), context)


def test_rows_for_a_foreign_table_are_a_bug(context: Context) -> None:
    with pytest.raises(ValueError, match="documents"):
        _run(replace(STAGE, tables=("links",)), context)


def test_progress_counts_up_to_the_plan(context: Context) -> None:
    seen: list[tuple[int, int | None]] = []
    run_stage(STAGE, context, execute_here, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_the_order_of_completion_changes_nothing(context: Context, tmp_path: Path) -> None:
    def backwards(stage: Stage, context: Context, works: Sequence[Work]) -> Iterator[Done]:
        return execute_here(stage, context, works[::-1])

    other = replace(context, dataset=str(tmp_path / "other"))
    _run(STAGE, context)
    run_stage(STAGE, other, backwards, lambda done, total: None)
    assert tables.read(context.dataset, "documents") == tables.read(other.dataset, "documents")


def _fail(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    raise KeyError("bug")


def _fail_at_four(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    if "4" in chunk.inputs["ids"]:
        raise LooseleafError("disk full")
    return _process(context, chunk)


def test_peak_memory_is_a_process_own() -> None:
    ballast = np.ones(400 << 20, dtype=np.uint8)
    script = "import pipeline.runner as runner; print(runner._peak_memory())"
    own = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert int(own.stdout) < ballast.nbytes
