"""Fonts that say what a text is."""

from __future__ import annotations

import re

#: Names of fonts in which code is written.
MONOSPACED = re.compile(
    r"courier|consolas|mono|menlo|monaco|lucida console|fixedsys|inconsolata|source code|terminal",
    re.IGNORECASE,
)
