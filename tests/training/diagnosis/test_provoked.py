"""Real trainings in which a fault is provoked are told its name, number and remedy, and no other collapse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.diagnosis.provoked import HEALTHY, PROVOKED, Healthy, Provocation, findings_of, named_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("provoked")


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("provoked", PROVOKED, ids=lambda one: f"{one.fault}: {one.cause}")
def test_a_fault_is_named_and_no_other(provoked: Provocation, seed: int, folder: Path) -> None:
    findings = findings_of({**provoked.changes, "seed": seed}, provoked.data, folder, provoked.pictures)
    found = findings[provoked.fault]
    assert found["verdict"] == "found", found["sentence"]
    assert any(letter.isdigit() for letter in found["sentence"]) or "length zero" in found["sentence"]
    assert found["remedy"]
    assert named_in(findings) <= {provoked.fault} | provoked.beside


@pytest.mark.parametrize("healthy", HEALTHY[:3], ids=lambda one: one.changes["objective"])
def test_a_healthy_training_is_not_accused(healthy: Healthy, folder: Path) -> None:
    assert not named_in(findings_of(healthy.changes, healthy.data, folder))
