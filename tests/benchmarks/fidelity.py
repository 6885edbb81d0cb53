"""How much of what Chromium shows of 200 pages Looseleaf has, and trafilatura: see `tests.fidelity`."""

from __future__ import annotations

from tests.fidelity.measure import measure
from tests.fidelity.readers import READERS
from tests.fidelity.sample import draw
from tests.fidelity.scoring import total

_PAGES = 200


def run() -> dict[str, float | str]:
    """Return the four measures of Looseleaf and of trafilatura, over all pages."""
    measured = measure(draw(_PAGES), READERS)
    found: dict[str, float | str] = {}
    for reader, scores in measured.scores.items():
        sums = total(scores.values())
        shares = {
            "content images": sums.images,
            "main words": sums.words,
            "tau": sums.tau,
            "precision of words": sums.precision,
        }
        for name, share in shares.items():
            found[name if reader == "looseleaf" else f"{name}, {reader}"] = -1.0 if share is None else share
    return found
