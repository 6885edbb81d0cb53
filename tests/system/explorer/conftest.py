"""The explorer over real documents, and a browser that looks at it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.explored import apart, serve_explored
from tests.flows.explorer.test_runs import write_run

_FLAGS = (
    *("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--no-first-run",
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A mined dataset of real documents, its map drawn."""
    folder = tmp_path_factory.mktemp("explored")
    with pytest.MonkeyPatch.context() as patched:
        # The corpora's cache stays where it is; what the explorer keeps does not go there.
        corpora = os.environ.get("LOOSELEAF_CORPORA") or str(Path.home() / ".cache/looseleaf/corpora")
        patched.setenv("LOOSELEAF_CORPORA", corpora)
        patched.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        apart("build", str(folder), "6", "12")
        for name, sharpness in (("dataset-run", 0.4), ("dataset-other", 0.2)):
            write_run(folder / name, sharpness)
        yield str(folder / "dataset")


@pytest.fixture(scope="module")
def address(dataset: str) -> Iterator[str]:
    """Where the explorer is served; what it says at its end is a clean one."""
    server, found = serve_explored(dataset)
    yield found
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's browser, without a head; while it is there no other can be driven."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_FLAGS))
        yield started
        started.close()
