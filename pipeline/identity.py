"""What makes a piece of work the same piece of work: hashes of code, settings and inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import storage
from storage.code_hash import code_hash
from storage.filesystem import is_local, open_filesystem

_PACKAGES = (Path(__file__).parent, Path(storage.__file__).parent)
_BLOCK = 1 << 20


@cache
def code_version() -> str:
    """Return the distribution's version and a short hash of the code of `pipeline` and `storage`."""
    return f"{_distribution_version()}+{code_hash(_PACKAGES)[:12]}"


def chunk_key(stage: str, code: str, settings: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return 32 hexadecimal digits that name a chunk's output.

    Raises:
        TypeError: if `settings` or `inputs` cannot be written as JSON.
    """
    return _hash([stage, code, settings, inputs])[:32]


def short_hash(value: object) -> str:
    """Return 32 hexadecimal digits that follow from a value that can be written as JSON."""
    return _hash(value)[:32]


def build_id(recipe: str, fingerprints: Mapping[str, str], code: str) -> str:
    """Return 16 hexadecimal digits that follow from recipe (JSON), inputs (name to fingerprint) and code."""
    return _hash([json.loads(recipe), fingerprints, code])[:16]


def fingerprint(url: str) -> str:
    """Return what changes when the file at `url` does: its sha256, or a remote store's own mark (an ETag).

    Raises:
        FileNotFoundError: if there is no file.
    """
    filesystem, path = open_filesystem(url)
    if not is_local(url):
        return f"mark:{filesystem.ukey(path)}"
    digest = hashlib.sha256()
    with filesystem.open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_jsonable)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON, so it cannot name a chunk")


def _distribution_version() -> str:
    try:
        return version("looseleaf")
    except PackageNotFoundError:
        return "0"
