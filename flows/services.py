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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from flows import environment
from flows.pages import VARIABLE as PAGES
from flows.processes import (
    Service,
    healthy,
    probe,
    start_prefect,
    start_ray,
    stop_all,
    wait_until_healthy,
)
from flows.supervising import Kept, kept_alive
from storage.errors import LooseleafError

#: Where people look for Prefect's and Ray's pages; `looseleaf serve` takes them when they are free.
USUAL_PORTS = (4200, 8265)

#: Ray's ports beside its dashboard's.
_RAY_PORTS = 6


@dataclass(frozen=True)
class Ports:
    """Ports that are preferred, and whether others will do."""

    prefect: int | None = None
    ray: int | None = None
    strict: frozenset[int] = frozenset()


ANY_PORTS = Ports()


@dataclass(frozen=True)
class Addresses:
    """Where the services answer."""

    prefect: str  # the API, http://host:port/api
    ray: str  # the job API and the dashboard, http://host:port
    origin: Literal[
        "given", "serving", "started"
    ]  # by the environment, by a `looseleaf serve`, by this process (at least one of them)
    own: tuple[str, ...] = ()  # which of "prefect" and "ray" this process has started
    pages: str | None = None  # of reports, http://host:port


@contextlib.contextmanager
def local_services(ports: Ports = ANY_PORTS, *, own_home: bool = False) -> Iterator[Addresses]:
    """Give a Prefect server and a Ray head, and put their addresses into the environment.

    Taken, in this order: what `PREFECT_API_URL` and `RAY_ADDRESS` name, each for itself; where neither is
    set, a `looseleaf serve` that is healthy; for what is missing then, children of this process, which are
    started again when they die, and end with the context, and with this process however it ends. While
    another command uses the home folder, they use a folder of their own.

    Args:
        ports: to prefer.
        own_home: fail where another command uses the home folder.

    Raises:
        LooseleafError: if services that are given do not answer or refuse the token, or those started do not
            become healthy, or the home folder is taken.
    """
    with _interrupt_on_sigterm():
        prefect, ray = _given_prefect(), _given_ray()
        if prefect and ray:
            environment.apply(environment.client_variables())
            found: Addresses | None = Addresses(prefect, ray, "given", pages=os.environ.get(PAGES))
        else:
            found = _serving() if prefect is None and ray is None else None
        if found:
            _announce(found)
            yield found
            return
        with _exclusive_home(own_home) as place, _children(place, ports, prefect, ray) as started:
            yield started


def record_serving(addresses: Addresses) -> Path:
    """Let other commands of this user find `addresses`; return the file, which the caller removes."""
    path = environment.home().record
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(asdict(addresses)))
    temporary.replace(path)
    return path


def _given_prefect() -> str | None:
    api = os.environ.get("PREFECT_API_URL")
    if not api:
        return None
    api = api.rstrip("/")
    match probe(f"{api}/health"), probe(f"{api}/admin/version"):
        case "healthy", "healthy":
            return api
        case _, "refused":
            raise LooseleafError(
                f"The Prefect server at {api} refuses us: set PREFECT_API_AUTH_STRING to its user:password."
            )
        case _:
            raise LooseleafError(
                f"PREFECT_API_URL names {api}, but nothing answers there: start it, or unset the variable."
            )


def _given_ray() -> str | None:
    address = os.environ.get("RAY_ADDRESS")
    if not address:
        return None
    if not address.startswith(("http://", "https://")):
        raise LooseleafError(
            f"RAY_ADDRESS is {address!r}, and jobs are sent to the dashboard: give its address, "
            "such as http://ray-head:8265."
        )
    if "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    address = address.rstrip("/")
    match probe(f"{address}/api/version"):
        case "healthy":
            return address
        case "refused":
            raise LooseleafError(
                f"The Ray cluster at {address} refuses the token: set RAY_AUTH_TOKEN_PATH to the file that "
                "holds the cluster's, or RAY_AUTH_TOKEN to the token itself."
            )
        case "silent":
            raise LooseleafError(
                f"RAY_ADDRESS names {address}, but nothing answers there: start it, or unset the variable."
            )


def _serving() -> Addresses | None:
    place = environment.home()
    try:
        written = json.loads(place.record.read_text())
        found = Addresses(written["prefect"], written["ray"], "serving", pages=written.get("pages"))
    except (OSError, ValueError, KeyError):
        return None
    environment.apply(environment.variables(place))
    if healthy(f"{found.prefect}/health") and healthy(f"{found.ray}/api/version"):
        return found
    return None


def _announce(addresses: Addresses) -> None:
    os.environ["PREFECT_API_URL"] = addresses.prefect
    os.environ["RAY_ADDRESS"] = addresses.ray
    if addresses.pages:
        os.environ[PAGES] = addresses.pages


@contextlib.contextmanager
def _exclusive_home(required: bool) -> Iterator[environment.Home]:
    """Give the home folder, or a temporary one where another command holds it: SQLite has one server."""
    place = environment.home()
    with place.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if required:
                raise LooseleafError(
                    f"Another command uses {place.root}: wait until it has ended, or set LOOSELEAF_HOME."
                ) from error
            temporary = environment.Home(Path(tempfile.mkdtemp(prefix="looseleaf-")))
            environment.make(temporary)
            try:
                yield temporary
            finally:
                shutil.rmtree(temporary.root, ignore_errors=True)
        else:
            yield place


@contextlib.contextmanager
def _children(
    place: environment.Home, ports: Ports, prefect: str | None, ray: str | None
) -> Iterator[Addresses]:
    """Start what is not given."""
    names = environment.variables(place)
    if ray is not None:
        # A cluster that is given has a token of its own.
        names = {name: value for name, value in names.items() if not name.startswith("RAY_AUTH_")}
    before = {name: os.environ.get(name) for name in (*names, "PREFECT_API_URL", "RAY_ADDRESS", PAGES)}
    # Unix sockets have short paths, so Ray's folder cannot be in a deep home.
    ray_folder = Path(tempfile.mkdtemp(prefix="ll-"))
    kept: list[Kept] = []
    try:
        os.environ.update(names)
        own = tuple(name for name, given in (("prefect", prefect), ("ray", ray)) if given is None)
        chosen = _choose(ports)
        if prefect is None:
            kept.append(_kept(lambda: start_prefect(chosen[0], place.logs / "prefect.log")))
        if ray is None:
            kept.append(_kept(lambda: start_ray(chosen[1:], ray_folder, place.logs / "ray.log")))
        addresses = Addresses(
            prefect or f"http://127.0.0.1:{chosen[0]}/api",
            ray or f"http://127.0.0.1:{chosen[1]}",
            "started",
            own,
        )
        _announce(addresses)
        _import_clients()
        wait_until_healthy([each.service for each in kept])
        with kept_alive(kept, _tell):
            yield addresses
    finally:
        _drain_prefect()
        stop_all([each.service for each in kept])
        shutil.rmtree(ray_folder, ignore_errors=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _kept(start: Callable[[], Service]) -> Kept:
    return Kept(start(), start)


def _choose(ports: Ports) -> list[int]:
    """Return free ports, the preferred ones first.

    Raises:
        LooseleafError: if a port that must be had is taken.
    """
    preferred = (ports.prefect, ports.ray)
    chosen = environment.free_ports(2 + _RAY_PORTS, preferred)
    for port, had in zip(preferred, chosen, strict=False):
        if port in ports.strict and port != had:
            raise LooseleafError(
                f"Port {port} is taken by another program: choose another, or leave it out to get a free one."
            )
    return chosen


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


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
