"""Where the explorer keeps what it has worked out about a snapshot: the user's cache folder.

A dataset has a folder there, and in it each choice of table versions that something was made from has one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from storage.filesystem import temporary_path

#: Part of every name: another layout of the files has other names.
_LAYOUT = 3
#: Says what a folder's files were made from; its time is when they were last asked for.
_ABOUT = "tables.json"
#: What nobody has asked for in so long is made again when somebody does.
_KEPT_SECONDS = 30 * 24 * 3600.0


def cached(dataset: str, tables: Mapping[str, int], name: str) -> Path:
    """Return the path of a file about some versions of a dataset's tables; its folder is made.

    Args:
        dataset: path or URL.
        tables: what the file was made from: table -> version.
        name: of the file.
    """
    said = json.dumps(dict(sorted(tables.items())))
    folder = _of_dataset(dataset) / _hashed(said)
    about = folder / _ABOUT
    if about.exists():
        about.touch()
    else:
        temporary = temporary_path(about)
        temporary.write_text(said)
        temporary.replace(about)
    return folder / name


def prune(dataset: str, pinned: Collection[Mapping[str, int]], kept_seconds: float = _KEPT_SECONDS) -> None:
    """Delete what was made from versions that are no more, and of any dataset what nobody asks for.

    So a document that was removed, and whose builds a vacuum has taken, is gone from here too.

    Args:
        dataset: path or URL.
        pinned: the table versions of each of its builds that can still be read.
        kept_seconds: how long a folder is kept that is not asked for.
    """
    expired = time.time() - kept_seconds
    for about in _root().glob(f"*/*/{_ABOUT}"):
        tables = json.loads(about.read_text())
        of_this = about.parent.parent == _of_dataset(dataset)
        gone = of_this and not any(tables.items() <= versions.items() for versions in pinned)
        if gone or about.stat().st_mtime < expired:
            shutil.rmtree(about.parent, ignore_errors=True)


def _root() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "looseleaf" / "explorer"


def _of_dataset(dataset: str) -> Path:
    return _root() / _hashed(f"{_LAYOUT} {dataset}")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
