"""Who may work at once: one run a dataset, and so many trainings a cluster.

The slots are Prefect's global concurrency limits, which its pages show and change. They make runs queue; what
protects a dataset is its commit, which compares before it swaps.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx
from prefect import get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.client.schemas.objects import ConcurrencyLeaseHolder
from prefect.client.schemas.responses import GlobalConcurrencyLimitResponse
from prefect.concurrency.sync import concurrency
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.states import Completed

TRAININGS = "trainings"
DATASETS = "dataset:"

#: The shortest that Prefect grants: a holder that was killed blocks no longer.
_LEASE_SECONDS = 60

#: After so long a run says what it waits for.
_PATIENCE_SECONDS = 1.5


def dataset_limit(dataset: str) -> str:
    """Return the name of the limit of a dataset: no name of a limit may hold a slash."""
    last = dataset.rsplit("/", 1)[-1]
    name = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in last)
    return f"{DATASETS}{name}-{hashlib.sha256(dataset.encode()).hexdigest()[:8]}"


@contextlib.contextmanager
def one_build(dataset: str) -> Iterator[None]:
    """Wait until no other run changes `dataset`, and keep others waiting; call it in a flow."""
    with _slot(dataset_limit(dataset), f"Dataset {dataset} is being changed by another run"):
        yield


@contextlib.contextmanager
def training_slot() -> Iterator[None]:
    """Wait for one of the places for trainings; call it in a flow."""
    with _slot(TRAININGS, "As many trainings run as the limit `trainings` allows"):
        yield


def overtaken(dataset: str) -> bool:
    """Say whether this run, started by a schedule, finds another at work: the next one will do its work too.

    Otherwise runs of a schedule that is shorter than a build would wait in an ever longer queue.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or not context.flow_run.auto_scheduled:
        return False
    with get_client(sync_client=True) as client:
        # One that was killed and goes on may find its own slot, whose lease has not ended yet.
        first = client.read_flow_run(context.flow_run.id).run_count <= 1
        return first and _is_taken(client, dataset_limit(dataset))


def skipped(dataset: str) -> Any:
    """Return the state of a scheduled run that was overtaken."""
    return Completed(name="Skipped", message=f"Another run changes {dataset}; the next one does this work.")


def allow_trainings(count: int) -> None:
    """Let `count` trainings run at once."""
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(TRAININGS, count)


def taken_slots(client: SyncPrefectClient) -> list[GlobalConcurrencyLimitResponse]:
    """Return the limits of ours of which somebody holds a slot."""
    found: list[GlobalConcurrencyLimitResponse] = []
    while page := client.read_global_concurrency_limits(limit=200, offset=len(found)):
        found += page
    ours = [limit for limit in found if limit.name == TRAININGS or limit.name.startswith(DATASETS)]
    return [limit for limit in ours if limit.active_slots > 0]


def free(client: SyncPrefectClient, name: str) -> None:
    """Take a limit's slots from whoever holds them."""
    client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))


@contextlib.contextmanager
def _slot(name: str, waiting_for: str) -> Iterator[None]:
    logger = get_run_logger()
    with get_client(sync_client=True) as client:
        _make(client, name)

    def say_why() -> None:
        with get_client(sync_client=True) as client:
            if _is_taken(client, name):
                logger.info("%s: waiting until it ends.", waiting_for)

    # Asked only when it has to wait: of two that come at once, both would find the slot free before.
    saying = threading.Timer(_PATIENCE_SECONDS, say_why)
    held = concurrency(
        name,
        strict=True,
        lease_duration=_LEASE_SECONDS,
        holder=_holder(),
        # A server that is away for a minute ends no work: at worst two runs compare and swap.
        raise_on_lease_renewal_failure=False,
    )
    saying.start()
    try:
        held.__enter__()
    finally:
        saying.cancel()
    try:
        yield
    finally:
        _release(held, name)


def _release(held: contextlib.AbstractContextManager[None], name: str) -> None:
    try:
        held.__exit__(None, None, None)
    except httpx.HTTPError as error:
        get_run_logger().warning(
            "The slot of %s could not be given back (%s): it is free within %d s.",
            name,
            error,
            _LEASE_SECONDS,
        )


def _make(client: SyncPrefectClient, name: str) -> None:
    try:
        client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        # Two runs may find it missing at once.
        with contextlib.suppress(ObjectAlreadyExists):
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))


def _is_taken(client: SyncPrefectClient, name: str) -> bool:
    try:
        limit = client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        return False
    return limit.active and limit.active_slots >= limit.limit


def _holder() -> ConcurrencyLeaseHolder | None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None
    return ConcurrencyLeaseHolder(type="flow_run", id=context.flow_run.id)
