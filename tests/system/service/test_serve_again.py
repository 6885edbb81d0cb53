"""A service with a recipe that is killed, started again, and started with less."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import httpx
import pytest

from storage.builds import list_builds
from storage.digest import dataset_digest
from tests.flows.reports import TABLES
from tests.flows.served import Served, processes_of, serving

pytestmark = pytest.mark.timeout(900)

_EDIT = """
import sys
from datetime import timedelta
from prefect.client.orchestration import get_client
from prefect.client.schemas.schedules import IntervalSchedule
with get_client(sync_client=True) as client:
    found = client.read_deployment_by_name("build/reports")
    kept = IntervalSchedule(interval=timedelta(seconds=7200))
    client.update_deployment_schedule(found.id, found.schedules[0].id, active=False, schedule=kept)
    run = client.create_flow_run_from_deployment(found.id)
    print(run.id)
"""

_REPORTS = "/deployments/name/build/reports"


def _schedules(served: Served) -> list[dict[str, Any]]:
    """Return the schedules of the deployment that the recipe asks for."""
    found: list[dict[str, Any]] = served.ask(_REPORTS)["schedules"]
    return found


def test_a_killed_service_goes_on_and_keeps_what_was_edited(
    recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    home, dataset = tmp_path / "home", tmp_path / "d"
    timed = tmp_path / "timed.yaml"
    plain = recipe.read_text().replace("root: .", f"root: {recipe.parent}")
    timed.write_text(plain + "schedule: {interval: 3600, timezone: Europe/Berlin}\n")
    options = ("--recipe", str(timed), "--out", str(dataset))

    with serving(home, *options) as served:
        (offered,) = _schedules(served)
        assert offered["active"]
        assert offered["schedule"]["interval"] == 3600.0
        assert offered["schedule"]["timezone"] == "Europe/Berlin"
        run = served.python(_EDIT).strip()
        _wait_until_it_writes(dataset)
        served.process.send_signal(signal.SIGKILL)
        served.process.wait()
        _wait_until_none_is_left(home)

    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    with serving(home, *options, more=cache) as served:
        assert "which go on: 1" in served.log.read_text()
        until = time.monotonic() + 400
        while (found := served.ask(f"/flow_runs/{run}"))["state_type"] != "COMPLETED":
            assert time.monotonic() < until, found["state"]
            time.sleep(1)
        assert found["run_count"] == 2
        (edited,) = _schedules(served)
        assert (edited["id"], edited["active"]) == (offered["id"], False)
        assert edited["schedule"]["interval"] == 7200.0
        assert _explored(served) == list_builds(str(dataset))[0].build_id
    assert dataset_digest(str(dataset), TABLES) == dataset_digest(str(undisturbed), TABLES)
    assert len(list_builds(str(dataset))) == 1

    timed.write_text(plain + "schedule: {cron: '0 3 * * *'}\n")
    with serving(home, *options) as served:
        (changed,) = _schedules(served)
        assert (changed["active"], changed["schedule"]["cron"]) == (True, "0 3 * * *")
        again = served.run("build", str(timed), "--out", str(dataset))
        assert again["build_id"] == list_builds(str(dataset))[0].build_id, "a schedule makes no new version"

    with serving(home) as served:
        with pytest.raises(HTTPError) as nobody_would_carry_out_what_it_wants:
            _schedules(served)
        assert nobody_would_carry_out_what_it_wants.value.code == 404


def _explored(served: Served) -> str:
    """Return which build the explorer beside the service shows, once it shows one."""
    address = re.findall(r"Explorer: +(\S+)", served.log.read_text())[-1]
    until = time.monotonic() + 60
    while True:
        try:
            return str(httpx.get(f"{address}/api/overview", timeout=30).json()["build"]["build_id"])
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.5)


def _wait_until_it_writes(dataset: Path) -> None:
    until = time.monotonic() + 300
    while not list((dataset / "documents").glob("*.parquet")):
        assert time.monotonic() < until
        time.sleep(0.02)


def _wait_until_none_is_left(home: Path) -> None:
    until = time.monotonic() + 60
    while processes_of(home):
        assert time.monotonic() < until, processes_of(home)
        time.sleep(0.5)
