"""Rows that are shown of a build."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.pinning import pin
from flows.showing.samples import documents, negatives
from pipeline.recipe import load_recipe


def test_some_documents_are_shown_with_their_first_text(
    recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(undisturbed, dataset)
    build = pin(str(dataset), load_recipe(str(recipe)), None, {}, None)
    rows = documents(str(dataset), build)
    assert len(rows) == 10
    assert rows == documents(str(dataset), build)
    assert all(row["images"] == 1 for row in rows)
    assert all(row["first text"].startswith("Beam ") for row in rows)
    assert negatives(str(dataset), build) == []
