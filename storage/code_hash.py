"""What changes when code does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_CODE = (".py", ".sql")


def code_hash(packages: Iterable[Path]) -> str:
    """Return 64 hexadecimal digits that follow from the files of code in the folders of packages."""
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted(path for path in package.rglob("*") if path.suffix in _CODE):
            digest.update(f"{package.name}/{file.relative_to(package).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
