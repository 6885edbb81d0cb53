"""A small JSON object that several writers change at once, locally or on an object store, and none loses.

Each state is a file of its own, `<folder>/00000001.json` and so on, that is created only where none is yet:
who comes second reads and decides again. Nothing is rewritten, so that the states are their own history.
"""

from __future__ import annotations

import errno
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import create_bytes, join, list_sizes, read_bytes

_TRIES = 50
_NAME = re.compile(r"([0-9]{8})\.json")
_WRITE = "write"  # tells our own file from that of another writer

State = Mapping[str, Any]


def read_state(folder: str) -> dict[str, Any]:
    """Return the newest state in the folder `folder`; empty while there is none."""
    return _newest(folder)[1]


def update_state(folder: str, change: Callable[[State], State]) -> dict[str, Any]:
    """Replace the newest state by what `change` makes of it, and return that; nothing changed writes nothing.

    `change` may be called several times, and refuses by raising.

    Raises:
        LooseleafError: if other writers came first again and again.
    """
    for _ in range(_TRIES):
        number, state = _newest(folder)
        wanted = dict(change(state))
        if wanted == state:
            return state
        mark = uuid.uuid4().hex
        url = join(folder, f"{number + 1:08d}.json")
        try:
            create_bytes(url, json.dumps({**wanted, _WRITE: mark}, sort_keys=True).encode())
        except OSError as error:
            if not _is_conflict(error):
                raise
            # A write whose answer was lost is tried again by the client, and then finds itself.
            if _read(url).get(_WRITE) != mark:
                continue
        return wanted
    raise LooseleafError(f"{folder} could not be changed because others kept changing it: try again.")


def _newest(folder: str) -> tuple[int, dict[str, Any]]:
    numbers = [int(match[1]) for name in list_sizes(folder) if (match := _NAME.fullmatch(name))]
    if not numbers:
        return 0, {}
    number = max(numbers)
    state = _read(join(folder, f"{number:08d}.json"))
    state.pop(_WRITE)
    return number, state


def _read(url: str) -> dict[str, Any]:
    try:
        return dict(json.loads(read_bytes(url)))
    except FileNotFoundError:  # of two conditional writes at once an object store may refuse both
        return {}


def _is_conflict(error: OSError) -> bool:
    return isinstance(error, FileExistsError) or error.errno == errno.EBUSY
