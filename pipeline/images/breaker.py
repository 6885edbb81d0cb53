"""Stops asking a host that is down, and everybody when no name resolves."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

#: So many failures of a host in a row, and it is left alone.
HOST_FAILURES = 5
#: So many hosts in a row whose names could not be looked up, and it is the look-up that is down.
NAME_FAILURES = 4
#: Seconds for which a breaker stays open.
HOST_PAUSE = 900.0
NAME_PAUSE = 300.0
_NAMES = "\0names"


@dataclass(frozen=True)
class Breaker:
    """Counts failures across the processes that share `folder` (`pipeline.network.answers.shared_folder`)."""

    folder: Path

    def open_until(self, host: str) -> tuple[float, str] | None:
        """Return until when (seconds since 1970) `host` is not to be asked, and why; None if it may be."""
        now = time.time()
        for key, reason in ((_NAMES, "no names resolve at present"), (host, f"{host} is down")):
            # Asked before each image, and mostly there is none.
            if not os.path.exists(_path(str(self.folder), key)):
                continue
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
        for key in (host, _NAMES):
            if os.path.exists(_path(str(self.folder), key)):
                self._path(key).unlink(missing_ok=True)

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


@lru_cache(maxsize=4096)
def _path(folder: str, key: str) -> str:
    return f"{folder}/{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}.breaker"
