"""What was removed from a dataset, kept as hashes that name nothing, so that no build brings it back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.errors import LooseleafError
from storage.filesystem import exists, join, read_bytes, write_bytes_atomic

_FILE = "removed.json"
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Tombstones:
    """Hashes of ids, of addresses, and of the beginnings of addresses, each after the word for what it is."""

    marks: frozenset[str] = frozenset()

    def has_id(self, *ids: str | None) -> bool:
        """Say whether one of these was removed: a `doc_id`, an `image_id` or any sha256 of bytes."""
        return bool(self.marks) and any(one is not None and _mark("id", one) in self.marks for one in ids)

    def has_address(self, *addresses: str | None) -> bool:
        """Say whether one of these URLs was removed: itself, its document, or a beginning of it."""
        return bool(self.marks) and any(one is not None and self._has(one) for one in addresses)

    def _has(self, address: str) -> bool:
        bare = address.partition("#")[0]
        if _mark("address", address) in self.marks or _mark("address", bare) in self.marks:
            return True
        ends = (place + 1 for place, letter in enumerate(bare) if letter == "/")
        return any(_mark("prefix", bare[:end]) in self.marks for end in ends)


def read_tombstones(dataset: str) -> Tombstones:
    """Return what was removed from a dataset so far."""
    return Tombstones(frozenset(_dates(dataset)))


def add_tombstones(dataset: str, marks: Iterable[str]) -> Tombstones:
    """Write down that these marks (see `marks_of`) are removed, with the time; return all that are."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    dates = {**dict.fromkeys(marks, now), **_dates(dataset)}
    write_bytes_atomic(join(dataset, _FILE), json.dumps(dates, indent=1, sort_keys=True).encode())
    return Tombstones(frozenset(dates))


def marks_of(targets: Iterable[str]) -> frozenset[str]:
    """Return the marks of what is to be removed.

    Args:
        targets: one of each: a `doc_id`, an `image_id` or the sha256 of a file (hexadecimal digits); the
            address of a document or an image; the beginning of addresses up to a slash, and then `*`, such
            as `https://example.org/*`. Empty lines and those that begin with # say nothing.

    Raises:
        LooseleafError: if one is a beginning that does not end at a slash.
    """
    lines = (line.strip() for line in targets)
    return frozenset(_mark_of(line) for line in lines if line and not line.startswith("#"))


def marks_of_pages(addresses: Iterable[str]) -> frozenset[str]:
    """Return the marks of those addresses that a crawl would ask for."""
    return frozenset(_mark("address", url) for url in addresses if url.startswith(("http://", "https://")))


def read_targets(url: str) -> list[str]:
    """Return the lines of a file of targets.

    Raises:
        LooseleafError: if it cannot be read.
    """
    try:
        return read_bytes(url).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LooseleafError(
            f"The list of removals {url} cannot be read ({error}); check its path, and that it is text."
        ) from error


def _mark_of(target: str) -> str:
    if _ID.fullmatch(target.lower()):
        return _mark("id", target.lower())
    address = Path(target).as_uri() if target.startswith("/") and "*" not in target else target
    if not address.endswith("*"):
        return _mark("address", address)
    if not address.endswith("/*"):
        raise LooseleafError(
            f"{target} cannot be removed because the part before * does not end at a slash; "
            "write a folder or a host, such as https://example.org/*."
        )
    beginning = address[:-1]
    return _mark("prefix", f"file://{beginning}" if beginning.startswith("/") else beginning)


def _mark(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _dates(dataset: str) -> dict[str, str]:
    url = join(dataset, _FILE)
    return dict(json.loads(read_bytes(url))) if exists(url) else {}
