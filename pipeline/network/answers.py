"""What sites say of themselves at a known place (robots.txt and the like): asked once, and remembered."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

#: Status (None where no answer came) and body.
SiteAnswer = tuple[int | None, bytes]
#: RFC 9309, section 2.4: what was said holds for a day at most.
MAX_AGE = 86_400.0
#: A site that could not say is asked again after so many seconds.
MAX_AGE_OF_FAILURE = 900.0


def shared_folder(scope: str) -> Path:
    """Return a folder of this user and machine for what the processes of one dataset learn of sites."""
    folder = Path(tempfile.gettempdir()) / f"looseleaf-hosts-{os.getuid()}" / _digest(scope)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class SiteAnswers:
    """Remembers answers in memory and, for other processes, in a folder.

    Args:
        ask: asks for a URL.
        folder: where answers are kept; None keeps them in memory alone.
    """

    ask: Callable[[str], SiteAnswer]
    folder: Path | None = None
    _known: dict[str, SiteAnswer] = field(default_factory=dict)
    _asking: dict[str, Lock] = field(default_factory=dict)

    def answer(self, url: str) -> SiteAnswer:
        """Return what `url` answered, asking if that is not known; one thread asks, the others wait."""
        with self._asking.setdefault(url, Lock()):
            if url not in self._known:
                found = self._read(url)
                if found is None:
                    found = self.ask(url)
                    self._write(url, found)
                self._known[url] = found
        return self._known[url]

    def _read(self, url: str) -> SiteAnswer | None:
        if self.folder is None:
            return None
        try:
            kept = json.loads((self.folder / f"{_digest(url)}.answer").read_bytes())
        except FileNotFoundError:
            return None
        status = kept["status"]
        max_age = MAX_AGE if status is not None and status < 500 else MAX_AGE_OF_FAILURE
        # A clock that was set back makes what is kept too new, and it is asked again.
        if not 0 <= time.time() - kept["asked"] <= max_age:
            return None
        return status, base64.b64decode(kept["body"])

    def _write(self, url: str, answer: SiteAnswer) -> None:
        if self.folder is None:
            return
        status, body = answer
        kept = {"asked": time.time(), "status": status, "body": base64.b64encode(body).decode()}
        handle, path = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w") as file:
            json.dump(kept, file)
        Path(path).replace(self.folder / f"{_digest(url)}.answer")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
