"""Real documents for system tests and benchmarks, by package name; kept in a cache outside the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return where corpora are kept: `LOOSELEAF_CORPORA`, or a folder of the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("LOOSELEAF_CORPORA") or Path(home) / "looseleaf" / "corpora")


def debian_tree(package: str) -> Path:
    """Return the files of a Debian package (mostly below `usr/share/doc`), unpacked, not installed."""
    return _once(package, _unpack_debian)


def source_archive(requirement: str) -> Path:
    """Return the source archive of a package such as `build123d==0.13.0`, in a folder of its own."""
    return next(_once(requirement, _download_source).iterdir())


def _once(name: str, make: object) -> Path:
    folder = cache_folder() / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Made beside its place and moved there whole, so that one that broke off is not taken for done.
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            made = make(name, Path(work))  # type: ignore[operator]
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
    subprocess.run(["apt-get", "download", "-qq", package], cwd=download, check=True, timeout=600)
    (archive,) = download.glob("*.deb")
    subprocess.run(["dpkg", "-x", archive, tree], check=True, timeout=600)
    shutil.rmtree(download)
    return tree


def _download_source(requirement: str, work: Path) -> Path:
    folder = work / "archive"
    command = [
        sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
        "--no-build-isolation", "-d", str(folder), requirement,
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=600)
    return folder
