"""The `srcset` attribute."""

from __future__ import annotations

_SPACE = " \t\n\r\f"


def parse_srcset(value: str) -> list[str]:
    """Return the URLs of a `srcset`, the largest first.

    Follows the WHATWG HTML standard, "parsing a srcset attribute": a URL ends at white space, so it may hold
    commas; a comma at its end ends the candidate. A candidate without a descriptor counts as `1x`.
    """
    candidates: list[tuple[float, str]] = []
    at = 0
    while at < len(value):
        while at < len(value) and value[at] in _SPACE + ",":
            at += 1
        start = at
        while at < len(value) and value[at] not in _SPACE:
            at += 1
        url = value[start:at]
        if not url:
            break
        descriptor = ""
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            start = at
            depth = 0
            while at < len(value) and (value[at] != "," or depth):
                depth += {"(": 1, ")": -1}.get(value[at], 0)
                at += 1
            descriptor = value[start:at].strip()
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
