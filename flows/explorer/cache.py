"""Where the explorer keeps what it has worked out about a snapshot: the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

#: Part of every name: another layout of the files has other names.
_LAYOUT = 2


def cached(dataset: str, tables: Mapping[str, int], name: str) -> Path:
    """Return the path of a file about some versions of a dataset's tables; its folder is made.

    Args:
        dataset: path or URL.
        tables: what the file was made from: table -> version.
        name: of the file.
    """
    said = json.dumps([_LAYOUT, dataset, dict(sorted(tables.items()))])
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = root / "looseleaf" / "explorer" / hashlib.sha256(said.encode()).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
