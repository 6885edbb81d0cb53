"""The outcome of one check."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["passed", "suspected", "found"]
#: From harmless to grave.
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Finding:
    """What a check measured and says; `threshold` is where it is sure, a suspicion begins earlier."""

    name: str
    verdict: Verdict
    value: float
    threshold: float
    sentence: str
    remedy: str

    @property
    def warning(self) -> str:
        """The line of the log."""
        certainty = "suspected" if self.verdict == "suspected" else "found"
        return f"{self.name.replace('_', ' ')} {certainty}: {self.sentence} {self.remedy}"


def judged(  # noqa: PLR0917 - a check reads in this order
    name: str, value: float, suspected: float, found: float, sentence: str, remedy: str
) -> Finding | None:
    """Compare a value with two thresholds; None if it could not be measured (NaN).

    Args:
        name: of the fault.
        value: measured.
        suspected: where a suspicion begins.
        found: where the fault is sure; above `suspected` if large values are bad, below it if small ones are.
        sentence: what was measured, in words, with the number.
        remedy: what usually helps.
    """
    if math.isnan(value):
        return None
    sign = 1.0 if found > suspected else -1.0
    verdict: Verdict = "passed"
    if sign * value >= sign * found:
        verdict = "found"
    elif sign * value >= sign * suspected:
        verdict = "suspected"
    return Finding(name, verdict, value, found, sentence, remedy)


def worst(findings: Sequence[Finding | None]) -> Finding | None:
    """Return the gravest of several outcomes of one check; None if none could be measured."""
    known = [finding for finding in findings if finding is not None]
    return max(known, key=lambda finding: VERDICTS.index(finding.verdict), default=None)
