"""Stops asking a host that is down, and everybody when no name resolves."""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

#: So many failures of a host in a row, and it is left alone.
HOST_FAILURES = 5
#: So many hosts in a row whose names could not be looked up, and it is the look-up that is down.
NAME_FAILURES = 4
#: Seconds for which a breaker stays open.
HOST_PAUSE = 900.0
NAME_PAUSE = 300.0
#: Seconds after which is looked again whether another process found a host down.
_LOOK_AGAIN = 0.05
_NAMES = "\0names"
_COUNTING = Lock()


@dataclass
class Breaker:
    """Counts failures across the processes that share `folder` (`pipeline.network.answers.shared_folder`)."""

    folder: Path
    #: Host -> when nothing was written of it, and after how many failures of this process.
    _quiet: dict[str, tuple[float, int]] = field(default_factory=dict)
    _count: int = 0

    def open_until(self, host: str) -> tuple[float, str] | None:
        """Return until when (seconds since 1970) `host` is not to be asked, and why; None if it may be."""
        if self._nothing_of(host):
            return None
        now = time.time()
        for key, reason in ((_NAMES, "no names resolve at present"), (host, f"{host} is down")):
            until = float(self._state(key).get("until", 0.0))
            if until > now:
                return until, reason
        return None

    def failed(self, host: str, *, unresolved: bool = False) -> None:
        """Count a failure of `host`; `unresolved` if it was its name that could not be looked up."""

        def one_more(state: dict[str, Any]) -> dict[str, Any]:
            failures = state.get("failures", 0) + 1
            if failures < HOST_FAILURES:
                return state | {"failures": failures}
            return {"failures": 0, "until": time.time() + HOST_PAUSE}

        def one_more_name(state: dict[str, Any]) -> dict[str, Any]:
            hosts = sorted({*state.get("hosts", ()), host})
            if len(hosts) < NAME_FAILURES:
                return state | {"hosts": hosts}
            return {"hosts": [], "until": time.time() + NAME_PAUSE}

        self._change(host, one_more)
        if unresolved:
            self._change(_NAMES, one_more_name)

    def answered(self, host: str) -> None:
        """Forget the failures of a host that answers; its name resolved."""
        if not self._nothing_of(host):
            for key in (host, _NAMES):
                self._path(key).unlink(missing_ok=True)

    def _nothing_of(self, host: str) -> bool:
        """Say whether no failure of `host` is written down: asked thrice for each image, and mostly so."""
        began, failures = time.monotonic(), self._count
        looked, then = self._quiet.get(host, (-math.inf, -1))
        if then == failures and began - looked < _LOOK_AGAIN:
            return True
        nothing = not any(os.path.exists(_path(str(self.folder), key)) for key in (host, _NAMES))
        if nothing:
            # Whoever of this process counts a failure meanwhile makes this void.
            self._quiet[host] = began, failures
        return nothing

    def _path(self, key: str) -> Path:
        return Path(_path(str(self.folder), key))

    def _state(self, key: str) -> dict[str, Any]:
        try:
            return dict(json.loads(self._path(key).read_text()))
        except FileNotFoundError:
            return {}

    def _change(self, key: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        path = self._path(key)
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Replaced, not written over: others read it without the lock.
            new = path.with_suffix(".new")
            new.write_text(json.dumps(change(self._state(key))))
            new.replace(path)
        with _COUNTING:
            self._count += 1


@lru_cache(maxsize=4096)
def _path(folder: str, key: str) -> str:
    return f"{folder}/{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}.breaker"
