"""Prints what pyproject.toml asks for, one requirement a line, with the extras that the image has."""

import sys
import tomllib
from pathlib import Path

#: Crawls that share a frontier, and the worker that starts flow runs as Kubernetes jobs.
EXTRAS = ("postgres", "kubernetes")


def requirements(pyproject: Path) -> list[str]:
    """Return the project's dependencies and those of `EXTRAS`."""
    project = tomllib.loads(pyproject.read_text())["project"]
    extras = [name for extra in EXTRAS for name in project["optional-dependencies"][extra]]
    return [*project["dependencies"], *extras]


if __name__ == "__main__":
    print(*requirements(Path(sys.argv[1])), sep="\n")
