"""D: real documents, whose order is hidden: engineering documentation out of packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from flows.bench.corpora import debian_tree
from flows.demo.corpora import CORPORA, fetch_corpora, sources_of


@dataclass(frozen=True)
class Manual:
    """The documentation inside a Debian package, as a `files` source reads it."""

    package: str
    root: str  # within the package
    license: str
    include: tuple[str, ...] = ("**/*.html",)
    exclude: tuple[str, ...] = ()

    def source(self) -> dict[str, Any]:
        """Return the recipe's source; the package is downloaded if the cache does not have it."""
        return {
            "kind": "files",
            "name": self.package,
            "root": str(debian_tree(self.package) / self.root),
            "include": list(self.include),
            "exclude": list(self.exclude),
            "license": self.license,
        }


def _kicad(language: str) -> Manual:
    return Manual(f"kicad-doc-{language}", f"usr/share/doc/kicad/help/{language}", "GPL-3.0-or-later")


#: Indices of generated sites hold no text of their own.
_GENERATED = ("search/**", "genindex*", "search.html", "_sources/**", "_modules/**")
MANUALS = (
    Manual("libocct-doc", "usr/share/doc/libocct-doc/html", "LGPL-2.1-only", exclude=_GENERATED),
    _kicad("en"),
    Manual("python-ezdxf-doc", "usr/share/doc/python-ezdxf-doc/html", "MIT", exclude=_GENERATED),
    Manual("python-skimage-doc", "usr/share/doc/python-skimage-doc/html", "BSD-3-Clause", exclude=_GENERATED),
    Manual("grass-doc", "usr/share/doc/grass-doc/html", "GPL-2.0-or-later"),
    Manual("gimp-help-en", "usr/share/gimp/2.0/help/en", "GFDL-1.2-or-later"),
    _kicad("ja"),
    _kicad("zh"),
    Manual(
        "opencv-doc",
        "usr/share/doc/opencv-doc/opencv4/html",
        "Apache-2.0",
        # All else is reference, whose only pictures are generated diagrams of classes.
        include=("**/tutorial_*.html",),
    ),
    Manual("calculix-ccx-doc", "usr/share/doc", "GPL-2.0-or-later"),
    Manual(
        "linuxcnc-doc-en",
        "usr/share/doc/linuxcnc",
        "GPL-2.0-or-later",
        include=("LinuxCNC_Documentation.pdf",),
    ),
)


def write_recipe(path: Path, manuals: Sequence[Manual] = MANUALS) -> Path:
    """Write the recipe of D, downloading what the caches do not have; return its path.

    Args:
        path: of the YAML file.
        manuals: Debian packages beside the four source archives of the demo.

    Raises:
        LooseleafError: if a package cannot be downloaded.
    """
    recipe = {
        "name": "real",
        "sources": [*sources_of(CORPORA, fetch_corpora()), *(manual.source() for manual in manuals)],
        "network": {"remote_images": False},
        "words": {"engine": "auto"},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(recipe, sort_keys=False, width=100), encoding="utf-8")
    return path
