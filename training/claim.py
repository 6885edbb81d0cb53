"""One training writes a run: who goes on with it takes it, and who had it before stops.

A worker that a network cut off, or one of a cluster whose head is gone, may train on for a minute while the
run goes on elsewhere. It finds another name in RUN/writer.json before it writes a checkpoint or lines.
"""

from __future__ import annotations

import json
import time
import uuid

from storage.errors import LooseleafError
from storage.filesystem import join, read_bytes, write_bytes_atomic

#: How long a claim is taken to hold without a look.
_SECONDS = 2.0


class Claim:
    """The right to write a run, taken from whoever had it.

    Args:
        run: folder or URL.
    """

    def __init__(self, run: str) -> None:
        self._run, self._url = run, _url(run)
        self._writer = uuid.uuid4().hex
        self.told_to_stop = False  # by `ask_to_stop`, as of the last look
        write_bytes_atomic(self._url, json.dumps({"writer": self._writer}).encode())
        self._looked = time.monotonic()

    def check(self, *, now: bool = False) -> None:
        """Look whether the run is still this one's, unless that was done a moment ago.

        Args:
            now: look in any case.

        Raises:
            LooseleafError: if another one took it.
        """
        if not now and time.monotonic() - self._looked < _SECONDS:
            return
        found = json.loads(read_bytes(self._url))
        if found["writer"] != self._writer:
            raise LooseleafError(
                f"Another training went on with {self._run}, so this one stopped; "
                "let only one train there at a time."
            )
        self.told_to_stop = bool(found.get("stop"))
        self._looked = time.monotonic()


def ask_to_stop(run: str) -> None:
    """Ask who writes a run, wherever it is, to write a checkpoint and stop; of use only if somebody does."""
    try:
        writer = json.loads(read_bytes(_url(run)))["writer"]
    except FileNotFoundError:
        return
    write_bytes_atomic(_url(run), json.dumps({"writer": writer, "stop": True}).encode())


def _url(run: str) -> str:
    return join(run, "writer.json")
