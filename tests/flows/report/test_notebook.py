"""The notebook of analyses runs from its first cell to its last, and draws what it says."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from storage import tables
from storage.builds import Build, latest_build, record_build
from storage.schemas import table_of
from tests.flows.report.conftest import document, image, text

NOTEBOOK = Path(__file__).parents[3] / "docs" / "analysis.ipynb"
_TITLES = (
    "What came in",
    "The funnel",
    "Images a document",
    "Languages",
    "Duplicates",
    "Groups",
    "Mined negatives",
    "Where a run is good",
    "What changed",
)


@pytest.fixture(scope="module")
def later(dataset: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The dataset with a second build, which has more documents, in another language, and groups."""
    place = str(tmp_path_factory.mktemp("later") / "dataset")
    shutil.copytree(dataset, place)
    rows = {
        "documents": [{**document(f"new{n}", "later", 4), "language": "fr"} for n in range(5)],
        "elements": [
            *(image(f"new{n}", 0, f"https://pictures.example/n{n}.png", "hostile-image") for n in range(5)),
            *(text(f"new{n}", 1, "un texte") for n in range(5)),
        ],
        "groups": [
            {
                "group_id": f"g{n}",
                "kind": kind,
                "doc_id": f"new{n}",
                "source": "later",
                "images": [0],
                "texts": list(range(1, 2 + n)),
                "prior": [0.5] * (1 + n),
            }
            for n in range(5)
            for kind in ("document", "section")
        ],
    }
    first = latest_build(place)
    assert first is not None
    versions = dict(first.tables)
    for name, of_table in rows.items():
        part = tables.write_part(place, name, "more-0b", table_of(name, of_table))
        versions[name] = tables.commit(place, name, "more", [part], app_id=f"more/{name}")
    fields = {**vars(first), "build_id": "second", "parent": "samples", "tables": versions}
    record_build(place, Build(**{**fields, "created_at": first.created_at.replace(day=3)}))
    return place


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run's evaluation leaves: two slices that are large enough, and one that is not."""
    place = tmp_path_factory.mktemp("measured")
    rows = {"unaligned/both": {"mean": 0.7, "low": 0.6, "high": 0.8}}
    slices = [
        {"kind": "source", "name": name, "documents": documents, "too_small": documents < 5, "rows": rows}
        for name, documents in (("web", 20), ("notes", 30), ("mail", 2))
    ]
    content = {"metrics": {"unaligned/both": {}}, "slices": slices}
    (place / "metrics.json").write_text(json.dumps(content))
    return str(place)


@pytest.fixture(scope="module")
def executed(later: str, measured: str, tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOOSELEAF_DATASET", later)
        patched.setenv("LOOSELEAF_RUN", measured)
        patched.setenv(
            "PYTHONPATH", os.pathsep.join([str(NOTEBOOK.parents[1]), os.environ.get("PYTHONPATH", "")])
        )
        where = {"metadata": {"path": str(tmp_path_factory.mktemp("notebook"))}}
        return NotebookClient(notebook, timeout=240, resources=where).execute()


def test_the_notebook_is_committed_without_output() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    headings = [cell.source.splitlines()[0] for cell in notebook.cells if cell.cell_type == "markdown"]
    for title in _TITLES:
        assert any(heading.startswith(f"## {title}") for heading in headings)


def test_every_cell_runs_and_the_pictures_show_something(executed: nbformat.NotebookNode) -> None:
    pictures = []
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            if "image/png" in output.get("data", {}):
                pictures.append(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))))
    assert len(pictures) == 7
    for picture in pictures:
        # A chart without anything in it is white but for its axes and its letters.
        colours = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
        coloured = (colours.max(axis=1) - colours.min(axis=1)) > 40
        assert coloured.sum() > 200


def test_its_numbers_are_those_of_the_dataset(executed: nbformat.NotebookNode) -> None:
    shown = "\n".join(
        output.data.get("text/plain", "")
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "data" in output
    )
    accounts = next(line for line in shown.splitlines() if line.startswith("0") and " all " in line)
    assert accounts.split() == ["0", "all", "42", "41", "1"]
    assert "fr" in shown
    assert "near_duplicate" in shown or "exact_duplicate" in shown
