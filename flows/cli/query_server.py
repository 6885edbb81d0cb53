"""`looseleaf query-server`: SQL over the network."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import ipaddress
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli.shared import Options, Shown, finish, location
from storage.errors import LooseleafError

if TYPE_CHECKING:
    from flows.sql_server.server import Certificate

_MIB = 1 << 20
_TOKEN = "LOOSELEAF_QUERY_TOKEN"  # noqa: S105 - a variable's name


@click.command("query-server", short_help="SQL over the network, read only (Arrow Flight SQL).")
@click.argument("dataset")
@click.option("--host", default="127.0.0.1", show_default=True, help="Interface to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=31337, show_default=True, help="0: a free one."
)
@click.option(
    "--at",
    "--build",
    "at",
    metavar="BUILD",
    help="A build: an id, a tag, latest~1.  [default: always the newest]",
)
@click.option("--tokens", help="File with a line `NAME TOKEN` for each person.")
@click.option("--tls-certificate", help="Certificate chain, PEM.")
@click.option("--tls-key", help="Its key, PEM.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Time of a query.",
)
@click.option("--memory", type=click.IntRange(min=64), default=512, show_default=True, help="MiB of a query.")
@click.option(
    "--spill", type=click.IntRange(min=0), default=4096, show_default=True, help="MiB of a query on disk."
)
@click.option(
    "--answer", type=click.IntRange(min=1), default=1024, show_default=True, help="MiB of an answer."
)
@click.option(
    "--concurrent", type=click.IntRange(min=1), default=2, show_default=True, help="Queries at once."
)
@click.option(
    "--waiting", type=click.IntRange(min=0), default=32, show_default=True, help="Queries that wait."
)
@finish
def command(
    _options: Options,
    *,
    dataset: str,
    host: str,
    port: int,
    at: str | None,
    tokens: str | None,
    tls_certificate: str | None,
    tls_key: str | None,
    seconds: float,
    memory: int,
    spill: int,
    answer: int,
    concurrent: int,
    waiting: int,
) -> Shown:
    """Answer SQL over DATASET for others, until SIGINT or SIGTERM.

    Whatever speaks Arrow Flight SQL can ask: ADBC, JDBC, and the tools that use them. A query reads the
    dataset's tables and views and nothing else, in a process of its own with limits of time and memory.

    A client sends a token, as `Bearer TOKEN` or as the password of any user: from --tokens, from the variable
    LOOSELEAF_QUERY_TOKEN, or one that is made and printed at the start. Off this machine the token wants TLS.
    """
    from flows.sql_server.access import read_tokens
    from flows.sql_server.server import QueryServer
    from flows.sql_server.worker import Answering
    from flows.sql_server.workers import Workers
    from storage.queries import pinned_versions
    from storage.references import readable_build

    certificate = _certificate(tls_certificate, tls_key)
    if certificate is None and not _is_loopback(host):
        raise click.UsageError(
            f"At {host} others could read the token: give --tls-certificate and --tls-key, or listen at "
            "127.0.0.1."
        )
    known = read_tokens(tokens) if tokens else {"token": os.environ.get(_TOKEN) or _made()}
    place = location(dataset)
    pinned_versions(place, at)
    # A tag may move: all workers answer for the build that it names now.
    build_id = readable_build(place, at).build_id if at is not None else None
    answering = Answering(memory * _MIB, spill * _MIB, seconds, answer * _MIB)
    workers = Workers(place, build_id, answering, concurrent, waiting)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server = QueryServer(host, port, workers, known, certificate)
    address = f"grpc{'+tls' if certificate else ''}://{host}:{server.port}"
    print(f"Serving {place} at {address}. Ctrl-C stops.", file=sys.stderr, flush=True)
    stop.wait()
    workers.close()
    server.shutdown()
    return Shown({"address": address}, "Stopped.")


def _made() -> str:
    token = secrets.token_hex(24)
    print(f"Token: {token}", file=sys.stderr, flush=True)
    return token


def _certificate(chain: str | None, key: str | None) -> Certificate | None:
    from flows.sql_server.server import Certificate

    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise click.UsageError("--tls-certificate and --tls-key belong together: give both.")
    try:
        return Certificate(Path(chain).read_bytes(), Path(key).read_bytes())
    except OSError as error:
        raise LooseleafError(
            f"The certificate cannot be read ({error.filename}: {error.strerror}): check both paths."
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
