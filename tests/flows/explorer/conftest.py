"""The explorer over a small dataset, asked as a browser would ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from flows.explorer.app import create_app
from tests.flows.explorer.samples import build, mined_rows, sample_rows


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what the explorer works out away from the user's cache."""
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("cache")
        patched.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A dataset that was built and not mined."""
    folder = tmp_path_factory.mktemp("explorer")
    build(str(folder / "data"), sample_rows(folder / "source"), folder / "source")
    return str(folder / "data")


@pytest.fixture(scope="session")
def client(dataset: str) -> TestClient:
    """A browser at the address that the server printed."""
    return TestClient(create_app(dataset), base_url="http://127.0.0.1:8765")


@pytest.fixture(scope="session")
def mined(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A dataset that was mined: with vectors, groups and negatives."""
    folder = tmp_path_factory.mktemp("mined")
    build(str(folder / "data"), mined_rows(folder / "source"), folder / "source")
    return str(folder / "data")


@pytest.fixture(scope="session")
def mined_client(mined: str) -> TestClient:
    """A browser that looks at the mined dataset."""
    return TestClient(create_app(mined), base_url="http://127.0.0.1:8765")
