"""`looseleaf serve`: starts the service, offers the deployments, and takes everything down in order."""

from __future__ import annotations

import sys

from flows.calling import ready_for_flows
from flows.jobs import stop_all_jobs
from flows.services import USUAL_PORTS, Addresses, record_serving
from storage.errors import LooseleafError

#: Flow runs at once; each is a process of its own.
_RUNS = 4


def serve_until_stopped(verbose: bool) -> Addresses:
    """Serve the deployments until SIGINT or SIGTERM; then stop jobs, deployments and services, in that order.

    Raises:
        LooseleafError: if a service of this user already runs, or none can be started.
    """
    with ready_for_flows(verbose, USUAL_PORTS) as addresses:
        if addresses.origin == "serving":
            raise LooseleafError(
                f"There is a service already, at {addresses.prefect.removesuffix('/api')}: "
                "use that one, or stop it first."
            )
        record = record_serving(addresses)
        try:
            _serve(addresses)
        except KeyboardInterrupt:
            # Stopped jobs end their flow runs, so that the next start finds none that pretend to run.
            if addresses.origin == "started":
                stop_all_jobs(addresses.ray)
        finally:
            record.unlink(missing_ok=True)
    return addresses


def _serve(addresses: Addresses) -> None:
    from prefect import serve  # noqa: PLC0415 - after the environment is set

    from flows.deployments import deployments  # noqa: PLC0415
    from flows.reconciling import end_abandoned_runs  # noqa: PLC0415

    ended = end_abandoned_runs() if addresses.origin == "started" else 0
    print(f"Flows and runs:  {addresses.prefect.removesuffix('/api')}", file=sys.stderr)
    print(f"Jobs and nodes:  {addresses.ray}", file=sys.stderr)
    if ended:
        print(f"Runs that an earlier service left behind, now marked as crashed: {ended}", file=sys.stderr)
    print("Ctrl-C stops everything.", file=sys.stderr, flush=True)
    serve(*deployments(), limit=_RUNS, pause_on_shutdown=False, print_starting_message=False)
