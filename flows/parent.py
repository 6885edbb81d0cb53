"""Ends a flow run whose runner was killed: nobody is left who would know of it, or could stop it."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State

#: Names the process that starts flow runs, in their environment.
RUNNER = "LOOSELEAF_RUNNER"

_LOOK_SECONDS = 1.0


def end_with_runner(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - Prefect names them
    """Kill this process as soon as the runner that started it is gone; the next service takes its run up."""
    runner = os.environ.get(RUNNER)
    if runner is not None and "PREFECT__FLOW_RUN_ID" in os.environ:
        threading.Thread(target=_end_after, args=(int(runner),), daemon=True).start()


def _end_after(runner: int) -> None:
    # It may have gone while this process came up.
    while os.getppid() == runner:
        time.sleep(_LOOK_SECONDS)
    # No handler: one would tell a server that has ended as well, and try for minutes.
    os.kill(os.getpid(), signal.SIGKILL)
