"""How the fetching of images went, host by host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.report.subject import ask

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST = 20
_HOSTS = "select * from image_hosts order by images desc, host"


@dataclass(frozen=True)
class Host:
    """What came of the addresses of one server: how many had each outcome at their last try."""

    host: str
    images: int
    tries: int
    had: int
    failed: int
    refused: int
    opted_out: int
    deferred: int
    success: float  # share that was had


@dataclass(frozen=True)
class Hosts:
    """The servers with most images, and how many more there are."""

    shown: list[Host]
    more: int


def gather_hosts(sql: DuckDBPyConnection) -> Hosts:
    """Return what came of the images of each server."""
    found = [Host(**row) for row in ask(sql, _HOSTS)]
    return Hosts(found[:_MOST], max(len(found) - _MOST, 0))
