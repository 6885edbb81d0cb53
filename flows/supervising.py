"""Starts a service again that died, where it was: flows and jobs ride out its absence."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flows.processes import Service, healthy
from storage.errors import LooseleafError

_LOOK_SECONDS = 0.5
#: Before it is started again; doubled each time that it dies soon, up to the longest.
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
#: A service that answered for so long has recovered.
_STEADY_SECONDS = 60.0


@dataclass
class Kept:
    """A service, and the call that starts it at the same port, in the same folder, with the same log."""

    service: Service
    start: Callable[[], Service]


@contextlib.contextmanager
def kept_alive(
    kept: Sequence[Kept], tell: Callable[[str], None], look_seconds: float = _LOOK_SECONDS
) -> Iterator[None]:
    """Start each service again that ends while the context lasts; stop them afterwards as they are then.

    Args:
        kept: the services; each one's `service` is replaced when it was started again.
        tell: called with a sentence when one has died, and when it answers again.
        look_seconds: between two looks at their processes.
    """
    ended = threading.Event()
    threads = [
        threading.Thread(target=_keep, args=(one, tell, ended, look_seconds), daemon=True) for one in kept
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _keep(one: Kept, tell: Callable[[str], None], ended: threading.Event, look_seconds: float) -> None:
    pause = _PAUSE
    began = time.monotonic()
    answered = True
    while not ended.wait(look_seconds):
        if one.service.process.poll() is None:
            if not answered and healthy(one.service.health):
                tell(f"{one.service.name} answers again.")
                answered = True
            continue
        if time.monotonic() - began > _STEADY_SECONDS:
            pause = _PAUSE
        tell(f"{one.service.name} has died: it is started again in {pause:.1f} s ({_kept_log(one.service)}).")
        if ended.wait(pause):
            return
        pause = min(_LONGEST_PAUSE, 2 * pause)
        began, answered = time.monotonic(), False
        try:
            one.service = one.start()
        except (OSError, LooseleafError) as error:
            tell(f"{one.service.name} could not be started ({error}): it is tried again.")


def _kept_log(service: Service) -> str:
    """Put the log of the one that died aside, and say where it is."""
    if not service.log.exists():
        return f"its log was {service.log}"
    aside = service.log.with_name(f"{service.log.name}.1")
    service.log.replace(aside)
    return f"its log is {aside}"
