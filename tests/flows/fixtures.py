"""What tests of flows share: a small source of documents, its dataset, a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.reports import build_undisturbed, write_reports
from tests.flows.served import Served, serving


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe of forty small reports."""
    return write_reports(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def undisturbed(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of `recipe`, each stage run once to its end, not yet pinned."""
    return build_undisturbed(recipe, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests that only use it."""
    with serving(tmp_path_factory.mktemp("service") / "home") as found:
        yield found
