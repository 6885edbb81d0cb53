"""The same stage here and on Ray."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, execute_on_ray, run_stage
from pipeline.stage import Chunk, Context, Stage
from storage.digest import dataset_digest
from storage.errors import LooseleafError
from storage.schemas import table_of
from tests.own_process import in_own_process


def _plan(context: Context) -> Iterator[Chunk]:
    yield from (Chunk({"number": number}) for number in range(5))


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    return {"documents": table_of("documents", [{"doc_id": f"d{chunk.inputs['number']}"}])}


def _process_badly(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    if chunk.inputs["number"] == 3:
        raise LooseleafError("the disk is full")
    return _process(context, chunk)


STAGE = Stage("extract", ("documents",), _plan, _process, lambda recipe: {})


@pytest.mark.integration
def test_ray_gives_the_same_tables_and_the_same_errors(tmp_path: Path) -> None:
    in_own_process(_compare, tmp_path)


def _compare(tmp_path: Path) -> None:
    import ray

    # The workers do not see the tests' folder: this module goes to them by value.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    recipe = recipe_from_dict(
        {"name": "x", "sources": [{"kind": "files", "name": "a", "root": str(tmp_path)}]}
    )
    here, there = Context(str(tmp_path / "here"), recipe, "b"), Context(str(tmp_path / "there"), recipe, "b")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        seen: list[int] = []
        with pytest.raises(LooseleafError, match=r"\"number\": 3.*the disk is full"):
            run_stage(replace(STAGE, process=_process_badly), there, execute_on_ray, lambda done, total: None)
        report = run_stage(STAGE, there, execute_on_ray, lambda done, total: seen.append(done))
    finally:
        ray.shutdown()
    run_stage(STAGE, here, execute_here, lambda done, total: None)
    assert dataset_digest(there.dataset, ["documents"]) == dataset_digest(here.dataset, ["documents"])
    assert report.chunks == 5
    assert seen == sorted(seen)
    assert seen[-1] == 5
    assert report.peak_memory > 0
