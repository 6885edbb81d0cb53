"""Faults that are planted into reports of which only texts and truth are written."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from flows.bench.anomalies import measure_anomalies
from flows.bench.planting import Planted, plant, planted_in
from flows.demo.simulation.cases import runs

COUNT = 40
TEXT = "# A plate\n\nThe largest stress is 131.2 MPa, the limit 355 MPa.\n\nAt most 12.5 °C and 40.6 Hz.\n"
FIGURES = {
    "plate": ("stress", "mesh"),
    "cantilever": ("principal", "mesh"),
    "heat": ("temperature", "mesh"),
    "modes": ("spectrum", "mesh"),
}


@pytest.fixture(name="place", scope="module")
def planted_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("planted")
    for run in runs(COUNT, 3):
        folder = place / "reports" / run.family / f"run-{run.index + 1}"
        (folder / "figures").mkdir(parents=True)
        (folder / "report.md").write_text(TEXT, encoding="utf-8")
        shown = {f"figures/{n}.png": figure for n, figure in enumerate(FIGURES[run.kind])}
        (folder / "truth.json").write_text(json.dumps({"figures": shown}))
        for image in shown:
            (folder / image).write_bytes(f"{run.family} {run.index} {image}".encode())
    plant(place / "reports", place / "out", COUNT, seed=3)
    (place / "out").rename(place / "planted")
    return place


def of(place: Path, fault: str) -> list[Planted]:
    return [one for one in planted_in(place / "planted") if one.fault == fault]


def read(place: Path, which: str, one: Planted) -> bytes:
    return (place / which / one.report / one.image).read_bytes()


def test_every_fault_is_planted_and_no_report_has_two(place: Path) -> None:
    planted = planted_in(place / "planted")
    reports = {fault: {one.report for one in planted if one.fault == fault} for fault in ("swap", "unit")}
    assert len(reports["swap"]) == 8
    assert len(reports["unit"]) == 4
    faults = Counter(report for report, _ in {(one.report, one.fault) for one in planted})
    assert set(faults.values()) == {1}


def test_swapped_figures_are_of_one_kind_and_of_siblings(place: Path) -> None:
    swaps = of(place, "swap")
    for one, other in zip(swaps[::2], swaps[1::2], strict=True):
        assert one.figure == other.figure
        assert one.report.split("/")[0] == other.report.split("/")[0]
        assert one.report != other.report
        assert read(place, "planted", one) == read(place, "reports", other)
        assert read(place, "planted", other) == read(place, "reports", one)


def test_units_are_changed_or_converted_in_the_text_alone(place: Path) -> None:
    for fault in ("unit", "converted"):
        for one in of(place, fault):
            text = (place / "planted" / one.report / "report.md").read_text(encoding="utf-8")
            assert text != TEXT
            assert read(place, "planted", one) == read(place, "reports", one)
            same_numbers = all(number in text for number in ("131.2", "355", "12.5", "40.6"))
            assert same_numbers == (fault == "unit")


def test_figures_of_another_load_case_are_drawn_anew(place: Path) -> None:
    for one in of(place, "load case"):
        assert one.figure in {"stress", "principal"}
        assert read(place, "planted", one).startswith(b"\x89PNG")


def test_what_has_no_fault_is_as_it_was(place: Path) -> None:
    touched = {one.report for one in planted_in(place / "planted")}

    def digests(which: str) -> dict[str, str]:
        files = [path for path in sorted((place / which).rglob("*")) if path.is_file()]
        names = {path: str(path.relative_to(place / which)) for path in files}
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path, name in names.items()
            if "/".join(name.split("/")[:2]) not in touched and name != "planted.json"
        }

    assert digests("planted") == digests("reports")


def test_a_ranking_is_measured_against_what_was_planted(place: Path) -> None:
    wrong = {(one.report, one.image) for one in of(place, "swap")}
    rows = []
    for path in sorted((place / "planted").glob("*/*/figures/*.png")):
        report = str(path.parent.parent.relative_to(place / "planted"))
        image = f"figures/{path.name}"
        rows.append(
            {
                "path": f"{report}/report.md",
                "image_url": f"file://{path}",
                "probability": float((report, image) in wrong),
                "told": image == "figures/0.png",
            }
        )
    found = measure_anomalies(rows, place)
    assert found["faults"]["swap"]["auroc"] == 1.0
    assert found["faults"]["swap"]["figures"] == 8
    assert found["told"]["figures"] + found["untold"]["figures"] == 8
    assert found["faults"]["load case"]["auroc"] == 0.5
    assert found["faults"]["swap"]["low"] <= 1.0 <= found["faults"]["swap"]["high"]
    for row, chance in zip(rows, np.random.default_rng(0).random(len(rows)).tolist(), strict=True):
        row["probability"] = chance
    assert 0.2 < measure_anomalies(rows, place)["faults"]["swap"]["auroc"] < 0.8
