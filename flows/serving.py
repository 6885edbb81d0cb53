"""`looseleaf serve`: starts the service, offers the deployments, and takes everything down in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows import environment
from flows.calling import ready_for_flows
from flows.database import VARIABLE as DATABASE
from flows.database import check_database, database_url
from flows.deployments import Offer, ServedRecipe, offers
from flows.exploring import explorers
from flows.jobs import stop_all_jobs
from flows.page_server import page_server
from flows.pages import VARIABLE as PAGES
from flows.services import USUAL_PORTS, Addresses, Ports, record_serving
from storage.errors import LooseleafError

if TYPE_CHECKING:
    from prefect.runner import Runner

#: Where links to reports lead; the same after a restart, so that old links still do.
_PAGES_PORT = 8266
#: Where the explorer of the first recipe's dataset is, and those of others after it.
_EXPLORER_PORT = 8275


@dataclass(frozen=True)
class Serving:
    """What `looseleaf serve` is told."""

    recipes: tuple[ServedRecipe, ...] = ()
    trainings: int | None = None  # at once; None leaves what was set before, at first one
    runs: int = 4  # flow runs at once, each a process of its own
    prefect_port: int | None = None  # None prefers the usual one and takes another
    ray_port: int | None = None
    database: str | None = None  # PostgreSQL; None takes what the environment names, or SQLite


def serve_until_stopped(serving: Serving, verbose: bool) -> Addresses:
    """Serve the deployments until SIGINT or SIGTERM; then stop jobs, deployments and services, in that order.

    Raises:
        LooseleafError: if a service of this user already runs, or none can be started.
    """
    given = serving.database or os.environ.get(DATABASE, "")
    if serving.database or given.startswith("postgres"):
        os.environ[DATABASE] = database_url(given)
        check_database(os.environ[DATABASE])
    wanted = {port for port in (serving.prefect_port, serving.ray_port) if port}
    ports = Ports(
        serving.prefect_port or USUAL_PORTS[0], serving.ray_port or USUAL_PORTS[1], frozenset(wanted)
    )
    with ready_for_flows(verbose, ports, own_home=True) as found, contextlib.ExitStack() as stack:
        if found.origin == "serving":
            raise LooseleafError(
                f"There is a service already, at {found.prefect.removesuffix('/api')}: "
                "use that one, or stop it first."
            )
        pages = stack.enter_context(page_server(environment.free_ports(1, [_PAGES_PORT])[0]))
        os.environ[PAGES] = pages
        addresses = replace(found, pages=pages)
        shown = [each.dataset for each in serving.recipes]
        wished = [_EXPLORER_PORT + number for number in range(len(shown))]
        at = stack.enter_context(
            explorers(shown, environment.free_ports(len(shown), wished), environment.home().logs, _say)
        )
        record = record_serving(addresses)
        stack.callback(record.unlink, missing_ok=True)
        try:
            _serve(addresses, serving, dict(zip(shown, at, strict=True)))
        finally:
            # Stopped jobs end their flow runs, so that the next start finds none that pretend to run.
            # A head that has died has no jobs.
            if "ray" in addresses.own:
                with contextlib.suppress(LooseleafError):
                    stop_all_jobs(addresses.ray)
    return addresses


def _serve(addresses: Addresses, serving: Serving, explored: Mapping[str, str]) -> None:
    from prefect.exceptions import TerminationSignal  # noqa: PLC0415 - after the environment is set
    from prefect.runner import Runner  # noqa: PLC0415

    from flows.automations import make_automations  # noqa: PLC0415
    from flows.offering import offered, withdraw_recipes  # noqa: PLC0415
    from flows.parent import RUNNER  # noqa: PLC0415
    from flows.reconciling import end_abandoned_runs  # noqa: PLC0415
    from flows.slots import allow_trainings  # noqa: PLC0415

    # A database that others may share: what its runs do is not ours to say.
    alone = "prefect" in addresses.own and not os.environ.get(DATABASE)
    wanted = offers(serving.recipes)
    if alone:
        found = end_abandoned_runs()
        if found.revived:
            _say(f"Runs that an earlier service left behind, which go on: {found.revived}")
        withdraw_recipes(wanted)
    if serving.trainings is not None:
        allow_trainings(serving.trainings)
    os.environ[RUNNER] = str(os.getpid())
    runner = Runner(pause_on_shutdown=False, limit=serving.runs)
    for deployment in offered(wanted):
        runner.add_deployment(deployment)
    make_automations()
    _announce(addresses, wanted, explored)
    with contextlib.suppress(KeyboardInterrupt, TerminationSignal):
        asyncio.run(_run(runner))


async def _run(runner: Runner) -> None:
    started = asyncio.ensure_future(runner.start())
    await asyncio.sleep(0)
    # It has just taken SIGTERM for itself, and would leave without an end of its own.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    await started


def _announce(addresses: Addresses, wanted: Sequence[Offer], explored: Mapping[str, str]) -> None:
    _say(f"Flows and runs:  {addresses.prefect.removesuffix('/api')}")
    token = (
        f"   (its page asks for the token in {environment.home().token})" if "ray" in addresses.own else ""
    )
    _say(f"Jobs and nodes:  {addresses.ray}{token}")
    _say(f"Reports:         {addresses.pages}")
    for dataset, address in explored.items():
        _say(f"Explorer:        {address}   ({dataset}, once it has a build)")
    _say(f"Deployments:     {', '.join(offer.full_name for offer in wanted)}")
    for offer in wanted:
        if offer.schedule is not None and offer.parameters:
            when = offer.schedule.cron or f"every {offer.schedule.interval} s"
            _say(f"Schedule:        {offer.full_name}: {when} ({offer.schedule.timezone})")
    _say("Ctrl-C stops everything.")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
