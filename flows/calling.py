"""Calls flows in this process, with the local services around them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from flows.services import ANY_PORTS, Addresses, Ports, local_services


@contextlib.contextmanager
def ready_for_flows(
    verbose: bool = False, ports: Ports = ANY_PORTS, *, own_home: bool = False
) -> Iterator[Addresses]:
    """Start or adopt the services; flows may be imported and called inside, and not before.

    Args:
        verbose: let Prefect print its log to standard error; its pages have it in any case.
        ports: those to prefer.
        own_home: fail where another command uses the home folder, whose database is wanted.

    Raises:
        KeyboardInterrupt: if the flow was stopped by a signal.
        LooseleafError: if the services cannot be had.
    """
    if not verbose:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    with local_services(ports, own_home=own_home) as addresses:
        from prefect.exceptions import TerminationSignal  # noqa: PLC0415 - after the environment is set

        try:
            yield addresses
        except TerminationSignal as signal:
            raise KeyboardInterrupt from signal
