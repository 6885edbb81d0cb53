"""A test's body in a process of its own: what Ray knows of authentication lasts as long as a process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

_SECONDS = 240


def in_own_process(body: Callable[..., None], *arguments: Any, seconds: float = _SECONDS) -> None:
    """Run a module-level function in a fresh interpreter; its failed assertion is printed, and fails here."""
    process = multiprocessing.get_context("spawn").Process(target=body, args=arguments)
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        raise AssertionError(f"{body.__name__} did not end within {seconds} seconds")
    assert process.exitcode == 0, f"{body.__name__} failed: see its traceback above"
