"""What changes when code does."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

_CODE = (".py", ".sql")


def code_hash(packages: Iterable[Path], without: Collection[str] = ()) -> str:
    """Return 64 hexadecimal digits that follow from the files of code in the folders of packages.

    Args:
        packages: folders.
        without: files and folders that do not count, such as `training/units`.
    """
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted(path for path in package.rglob("*") if path.suffix in _CODE):
            place = Path(package.name) / file.relative_to(package)
            if any(place.is_relative_to(other) for other in without):
                continue
            digest.update(f"{place.as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
