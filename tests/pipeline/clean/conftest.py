from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.clean.measure import MEASURE
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.schemas import table_of
from storage.tables import commit, write_part

Rows = Mapping[str, list[dict[str, Any]]]


@pytest.fixture
def context_of(tmp_path: Path) -> Callable[..., Context]:
    """Give a function that writes rows into a new dataset, measures them, and returns its context."""
    made = 0

    def make(tables: Rows, **recipe: Any) -> Context:
        nonlocal made
        made += 1
        dataset = str(tmp_path / f"dataset-{made}")
        for table, rows in tables.items():
            part = write_part(dataset, table, "extract-00", table_of(table, rows))
            commit(dataset, table, "extract", [part], app_id="test/extract")
        values = {"name": "test", "sources": [{"kind": "files", "name": "a", "root": "."}], **recipe}
        context = Context(dataset, recipe_from_dict(values), "build")
        run_stage(MEASURE, context, execute_here, lambda done, total: None)
        return context

    return make
