"""Ranking the figures of a small dataset, as the command does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.anomalies.rank import rank_anomalies
from flows.anomalies.read import read_dataset, table_rows
from storage.builds import Build, record_build
from storage.errors import LooseleafError
from storage.schemas import table_of
from storage.tables import commit, write_part

RUNS = 12


def dataset_of(folder: Path, exchanged: tuple[int, int] | None) -> str:
    """Write runs of which each picture prints its own maximum; two of them may be exchanged."""
    dataset = str(folder / "data")
    documents, elements, images, words = [], [], [], []
    shown = list(range(RUNS))
    if exchanged:
        one, other = exchanged
        shown[one], shown[other] = other, one
    for run in range(RUNS):
        doc_id, image_id = f"doc{run:02d}", f"image{shown[run]:02d}"
        documents.append(
            {
                "doc_id": doc_id,
                "source": "s",
                "uri": f"/{run}",
                "path": f"run-{run}.md",
                "family": f"f{run // 4}",
            }
        )
        cells = [["quantity", "value [MPa]"], ["Largest von Mises stress", f"{100.3 + run:.1f}"]]
        elements += [
            {"doc_id": doc_id, "position": 0, "kind": "text", "text": f"A plate, run {run}."},
            {"doc_id": doc_id, "position": 1, "kind": "table", "text": "", "cells": cells},
            {
                "doc_id": doc_id,
                "position": 2,
                "kind": "image",
                "image_id": image_id,
                "image_url": "/stress.png",
                "section_path": ["Results"],
            },
        ]
        images.append({"image_id": f"image{run:02d}"})
        for index, text in enumerate(("max", f"{100.3 + run:.1f}", "MPa")):
            box = {"left": 40 * index, "top": 0, "width": 30, "height": 10, "vertical": False}
            words.append({"image_id": f"image{run:02d}", "index": index, "text": text, **box})
    rows = {"documents": documents, "elements": elements, "images": images, "image_words": words}
    versions = {}
    for name, values in rows.items():
        part = write_part(dataset, name, f"{name}-1", table_of(name, values))
        versions[name] = commit(dataset, name, "t", [part], app_id="t")
    record_build(
        dataset,
        Build(
            build_id="b1",
            parent=None,
            stage="build",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            recipe="{}",
            code_version="1",
            tables=versions,
            counts={},
            stages={},
            flow_run=None,
        ),
    )
    return dataset


def test_exchanged_figures_come_first_with_place_and_evidence(tmp_path: Path) -> None:
    out = str(tmp_path / "all.parquet")
    found = rank_anomalies(dataset_of(tmp_path, (1, 3)), out=out)
    first, second, third = found["figures"][:3]
    assert {first["path"], second["path"]} == {"run-1.md", "run-3.md"}
    assert second["probability"] > 2 * third["probability"]
    assert first["section_path"] == ["Results"]
    assert {first["nearest"], second["nearest"]} == {"run-1.md", "run-3.md"}
    assert any("MPa" in sentence and first["nearest"] in sentence for sentence in first["evidence"])
    assert found["documents"] == found["with_words"] == RUNS
    assert pq.read_table(out).num_rows == RUNS


def test_nothing_exchanged_nothing_likely(tmp_path: Path) -> None:
    found = rank_anomalies(dataset_of(tmp_path, None))
    assert max(row["probability"] for row in found["figures"]) < 0.05


def test_a_table_gives_its_numbers_the_unit_of_their_column() -> None:
    rows = table_rows([["case", "stress [MPa]", "T (°C)", "name"], ["1", "131.2", "40", "7 mm"]])
    assert rows[1] == "1 131.2 MPa 40 °C 7 mm"
    assert table_rows([]) == []


def test_statements_and_names_are_read_in_order(tmp_path: Path) -> None:
    held = read_dataset(dataset_of(tmp_path, None))
    assert held.reports[2].statements[0] == "A plate, run 2."
    assert held.reports[2].statements[2].endswith("102.3 MPa")
    assert held.figures[2].lines == ["max 102.3 MPa"]
    assert held.figures[2].name == "stress"


def test_bad_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match=r"neither \.parquet nor \.csv"):
        rank_anomalies(str(tmp_path), out="all.txt")
    with pytest.raises(LooseleafError, match="no dataset"):
        rank_anomalies(str(tmp_path / "none"))
