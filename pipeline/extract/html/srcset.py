"""The `srcset` attribute."""

from __future__ import annotations

import re

_SPACE = " \t\n\r\f"
#: What no author writes; a longer one counts by its beginning.
_LONGEST = 200_000
_SPLIT = re.compile(r"[ \t\n\r\f,]*([^ \t\n\r\f]+)")
_DESCRIPTOR = re.compile(r"(?:[^,(]|\([^)]*\)?)*")


def parse_srcset(value: str) -> list[str]:
    """Return the URLs of a `srcset`, the largest first.

    Follows the WHATWG HTML standard, "parsing a srcset attribute": a URL ends at white space, so it may hold
    commas; a comma at its end ends the candidate. A candidate without a descriptor counts as `1x`.
    """
    value = value[:_LONGEST]
    candidates: list[tuple[float, str]] = []
    at = 0
    while found := _SPLIT.match(value, at):
        at = found.end()
        url = found[1]
        descriptor = ""
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            described = _DESCRIPTOR.match(value, at)
            assert described is not None
            at = described.end()
            descriptor = described[0].strip(_SPACE)
        if url:
            candidates.append((_size(descriptor), url))
    candidates.sort(key=lambda candidate: -candidate[0])
    return [url for _, url in candidates]


def _size(descriptor: str) -> float:
    # Widths are in the thousands and densities below ten: they never stand in one srcset, so one scale does.
    for part in descriptor.split():
        if part[-1] in "wx":
            try:
                return float(part[:-1])
            except ValueError:
                continue
    return 1.0
