"""Serves the metrics page until it is stopped."""

from __future__ import annotations

import json
import os
import sys
import threading

from flows import environment
from storage.errors import LooseleafError


def serve_metrics(host: str, port: int) -> None:
    """Serve the metrics of the Prefect server of the environment, or of this user's `looseleaf serve`.

    Every path gives them: `/metrics` by custom. It returns at KeyboardInterrupt.

    Args:
        host: the address to listen on.
        port: the port; 0 takes any that is free.

    Raises:
        LooseleafError: if there is no server to ask, or the port is taken.
    """
    os.environ.setdefault("PREFECT_API_URL", _known_api())
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - after the environment is set
    from prometheus_client import start_http_server  # noqa: PLC0415

    from flows.metrics.books import Books, read_books  # noqa: PLC0415
    from flows.metrics.page import registry  # noqa: PLC0415

    def read() -> Books:
        with get_client(sync_client=True) as client:
            return read_books(client)

    try:
        server, thread = start_http_server(port, addr=host, registry=registry(read))
    except OSError as error:
        raise LooseleafError(
            f"Port {port} of {host} cannot be had ({error.strerror}): choose another with --port."
        ) from error
    print(f"Metrics:  http://{host}:{server.server_port}/metrics", file=sys.stderr, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _known_api() -> str:
    given = os.environ.get("PREFECT_API_URL")
    if given:
        return given
    try:
        return str(json.loads(environment.home().record.read_text())["prefect"])
    except (OSError, ValueError, KeyError) as error:
        raise LooseleafError(
            "There is no Prefect server to ask: set PREFECT_API_URL, or start `looseleaf serve` first."
        ) from error
