"""Name resolution that the address guard sees."""

from __future__ import annotations

from typing import Any


class UncachedResolver:
    """Leaves the reactor's own resolver in place: Scrapy's cache would answer for the address guard."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> UncachedResolver:  # noqa: ARG003
        """Make one, as Scrapy does for any resolver."""
        return cls()

    def install_on_reactor(self) -> None:
        """Install nothing."""
