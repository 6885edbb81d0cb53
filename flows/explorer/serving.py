"""Serves the explorer until it is stopped."""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
import sys
from collections.abc import Collection, Mapping
from types import FrameType

from flows.explorer.app import create_app
from flows.explorer.guarding import LOOPBACK
from storage.errors import LooseleafError
from storage.filesystem import exists, is_local, join, local_path

#: Where it is found unless another port is asked for; 0 takes a free one.
PORT = 8765


def runs_beside(dataset: str) -> dict[str, str]:
    """Return the runs beside a dataset whose names begin with its own, as `looseleaf train` puts them."""
    if not is_local(dataset):
        return {f"{dataset}-run": f"{dataset}-run"} if exists(join(f"{dataset}-run", "run.json")) else {}
    place = local_path(dataset)
    found = sorted(place.parent.glob(f"{place.name}-*/run.json"))
    return {path.parent.name: str(path.parent) for path in found}


def named_runs(urls: Collection[str]) -> dict[str, str]:
    """Return runs by the last part of their address; by all of it where two share that.

    Raises:
        LooseleafError: if there is no run at one of them.
    """
    named: dict[str, str] = {}
    for url in urls:
        if not exists(join(url, "run.json")):
            raise LooseleafError(f"There is no run at {url}: check the path, or train one.")
        short = url.rstrip("/").rpartition("/")[2]
        named[url if short in named else short] = url
    return named


def explore_until_stopped(
    dataset: str,
    runs: Mapping[str, str],
    build_id: str | None,
    *,
    address: str,
    port: int,
    names: Collection[str],
) -> str:
    """Serve the explorer until SIGINT or SIGTERM; return the address that it had.

    Args:
        dataset: path or URL.
        runs: to show, by name.
        build_id: the build to look at; None takes the latest.
        address: to listen on.
        port: to listen on; 0 takes a free one.
        names: further names under which the server may be asked.

    Raises:
        LooseleafError: if the dataset cannot be read, the port is taken, or the address is not this machine's
            alone and no name is given.
    """
    import uvicorn  # noqa: PLC0415 (heavy)

    hosts = LOOPBACK | {name.lower() for name in names}
    if not _is_loopback(address) and not names:
        raise LooseleafError(
            f"On {address} everyone who reaches this machine could read {dataset}: name the host under which "
            "it is to be asked with --allow NAME, and put what asks who they are in front of it."
        )
    listening = _listen(address, port)
    app = create_app(dataset, runs, build_id, hosts)
    shown = f"http://{_bracketed(address)}:{listening.getsockname()[1]}"
    print(f"Explore {dataset}: {shown}", file=sys.stderr)
    print("Ctrl-C stops it.", file=sys.stderr, flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    # A background shell hands down that SIGINT be ignored. The server ends in order, then raises the signal.
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, _interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    return shown


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # asyncio sends at once, without Nagle's wait, only where the socket says that it is TCP.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
        # Who reads the address and asks at once waits, and is not refused.
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise LooseleafError(
            f"The explorer cannot listen on {address}:{port} ({error.strerror}): give another --port, or 0."
        ) from error
    return listening


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
