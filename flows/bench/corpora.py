"""Packages that documents and pictures are taken from; kept in a cache outside of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from storage.errors import LooseleafError

_SECONDS = 600


def cache_folder() -> Path:
    """Return where packages are kept: `LOOSELEAF_CORPORA`, or a folder of the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("LOOSELEAF_CORPORA") or Path(home) / "looseleaf" / "corpora")


def debian_tree(package: str) -> Path:
    """Return the files of a Debian package (mostly below `usr/share/doc`), unpacked, not installed.

    Raises:
        LooseleafError: if apt cannot download it.
    """
    return _once(package, _unpack_debian)


def source_archive(requirement: str) -> Path:
    """Return the source archive of a package such as `build123d==0.13.0`, in a folder of its own.

    Raises:
        LooseleafError: if pip cannot download it.
    """
    return next(_once(requirement, _download_source).iterdir())


def node_archive(package: str) -> Path:
    """Return the archive of a Node package such as `emoji-datasource@16.0.0`, in a folder of its own.

    Raises:
        LooseleafError: if npm cannot download it.
    """
    return next(_once(package, _pack_node).iterdir())


def _once(name: str, make: Callable[[str, Path], Path]) -> Path:
    folder = cache_folder() / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Made beside its place and moved there whole, so that one that broke off is not taken for done.
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            made = make(name, Path(work))
            try:
                made.rename(folder)
            except OSError:
                if not folder.exists():  # another process made it first
                    raise
    return folder


def _unpack_debian(package: str, work: Path) -> Path:
    download, tree = work / "download", work / "tree"
    download.mkdir()
    # apt drops to a user of its own, who may not write here; it then says so and goes on.
    _download(package, ["apt-get", "download", "-qq", package], download)
    (archive,) = download.glob("*.deb")
    subprocess.run(["dpkg", "-x", archive, tree], check=True, timeout=_SECONDS)
    shutil.rmtree(download)
    return tree


def _download_source(requirement: str, work: Path) -> Path:
    folder = work / "archive"
    folder.mkdir()
    command = [
        *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"),
        *("--no-build-isolation", "-d", str(folder), requirement),
    ]
    _download(requirement, command, folder)
    return folder


def _pack_node(package: str, work: Path) -> Path:
    folder = work / "archive"
    folder.mkdir()
    _download(package, ["npm", "pack", "--silent", package], folder)
    return folder


def _download(name: str, command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        said = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if not any(folder.iterdir()):
        raise LooseleafError(
            f"{name} cannot be downloaded ({said}); check that {command[0]} is there and reaches its "
            f"registry, or put the package into {cache_folder() / name}."
        )
