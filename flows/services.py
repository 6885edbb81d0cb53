"""A Prefect server and a Ray head for as long as a command runs, or those that already run."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from flows import environment
from flows.processes import Service, healthy, start_prefect, start_ray, stop_all, wait_until_healthy
from storage.errors import LooseleafError

#: Where people look for Prefect's and Ray's pages; `looseleaf serve` takes them when they are free.
USUAL_PORTS = (4200, 8265)


@dataclass(frozen=True)
class Addresses:
    """Where the two services answer."""

    prefect: str  # the API, http://host:port/api
    ray: str  # the job API and the dashboard, http://host:port
    origin: Literal[
        "given", "serving", "started"
    ]  # by the environment, by a `looseleaf serve`, by this process


@contextlib.contextmanager
def local_services(ports: tuple[int, ...] = ()) -> Iterator[Addresses]:
    """Give a Prefect server and a Ray head, and put their addresses into the environment.

    Taken, in this order: `PREFECT_API_URL` with `RAY_ADDRESS`; a `looseleaf serve` that is healthy; otherwise
    two children of this process, which end with the context, and with this process however it ends. While
    another command uses the home folder, they use a folder of their own.

    Args:
        ports: ports to prefer, Prefect's first, then the dashboard's.

    Raises:
        LooseleafError: if the services that are given do not answer, or those started do not become healthy.
    """
    with _interrupt_on_sigterm():
        found = _given() or _serving()
        if found:
            _announce(found)
            yield found
            return
        with _exclusive_home() as place, _children(place, ports) as started:
            yield started


def record_serving(addresses: Addresses) -> Path:
    """Let other commands of this user find `addresses`; return the file, which the caller removes."""
    path = environment.home().record
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(asdict(addresses)))
    temporary.replace(path)
    return path


def _given() -> Addresses | None:
    api, ray = os.environ.get("PREFECT_API_URL"), os.environ.get("RAY_ADDRESS")
    if not (api and ray):
        return None
    for name, url in (("PREFECT_API_URL", f"{api}/health"), ("RAY_ADDRESS", f"{ray}/api/version")):
        if not healthy(url):
            raise LooseleafError(
                f"{name} names {url.rsplit('/', 1)[0]}, but nothing answers there: "
                "start it, or unset the variable."
            )
    return Addresses(api, ray, "given")


def _serving() -> Addresses | None:
    place = environment.home()
    try:
        written = json.loads(place.record.read_text())
        found = Addresses(written["prefect"], written["ray"], "serving")
    except (OSError, ValueError, KeyError):
        return None
    environment.apply(place)
    if healthy(f"{found.prefect}/health") and healthy(f"{found.ray}/api/version"):
        return found
    return None


def _announce(addresses: Addresses) -> None:
    os.environ["PREFECT_API_URL"] = addresses.prefect
    os.environ["RAY_ADDRESS"] = addresses.ray


@contextlib.contextmanager
def _exclusive_home() -> Iterator[environment.Home]:
    """Give the home folder, or a temporary one where another command holds it: SQLite has one server."""
    place = environment.home()
    with place.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            temporary = environment.Home(Path(tempfile.mkdtemp(prefix="looseleaf-")))
            environment.make(temporary)
            try:
                yield temporary
            finally:
                shutil.rmtree(temporary.root, ignore_errors=True)
        else:
            yield place


@contextlib.contextmanager
def _children(place: environment.Home, ports: tuple[int, ...]) -> Iterator[Addresses]:
    names = environment.variables(place)
    before = {name: os.environ.get(name) for name in (*names, "PREFECT_API_URL", "RAY_ADDRESS")}
    # Unix sockets have short paths, so Ray's folder cannot be in a deep home.
    ray_folder = tempfile.mkdtemp(prefix="ll-")
    started: list[Service] = []
    try:
        os.environ.update(names)
        chosen = environment.free_ports(8, ports)
        started.append(start_prefect(chosen[0], place.logs / "prefect.log"))
        started.append(start_ray(chosen[1:], Path(ray_folder), place.logs / "ray.log"))
        addresses = Addresses(f"http://127.0.0.1:{chosen[0]}/api", f"http://127.0.0.1:{chosen[1]}", "started")
        _announce(addresses)
        _import_clients()
        wait_until_healthy(started)
        yield addresses
    finally:
        _drain_prefect()
        stop_all(started)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _import_clients() -> None:
    """Import what the flows will need, while the servers do the same."""
    import prefect  # noqa: F401, PLC0415 - after the environment is set
    import ray.job_submission  # noqa: F401, PLC0415


def _drain_prefect() -> None:
    """Send what Prefect's workers hold: else they would go on trying for a minute after the server ended."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker  # noqa: PLC0415
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415

    APILogWorker.drain_all(timeout=5)
    EventsWorker.drain_all(timeout=5)


@contextlib.contextmanager
def _interrupt_on_sigterm() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt: a background shell hands down that they be ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for which in before:
        signal.signal(which, interrupt)
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
