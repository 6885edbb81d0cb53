"""How far the diagnosis' numbers lie apart in healthy trainings and in ones that go wrong on purpose.

For each fault the number of its check over healthy trainings (the lowest and the highest), in the training in
which it is provoked, and the threshold between.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.training.diagnosis.provoked import HEALTHY, PROVOKED, findings_of, named_in


def run() -> dict[str, float | str]:
    """Return each fault's numbers, the share of provoked ones named, and that of healthy runs accused."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        healthy = [findings_of(one.changes, one.data, folder) for one in HEALTHY]
        out: dict[str, float | str] = {}
        named = 0
        for one in PROVOKED:
            findings = findings_of(one.changes, one.data, folder, one.pictures)
            found = findings[one.fault]
            named += found["verdict"] == "found"
            values = [known[one.fault]["value"] for known in healthy if one.fault in known]
            span = (
                f"healthy {min(values):.3g} to {max(values):.3g}"
                if values
                else "not measured in healthy ones"
            )
            told = f"{found['value']:.3g}, threshold {found['threshold']:.3g}, {span}"
            out[f"{one.fault}: {one.cause}"] = told
    accused = sum(bool(named_in(findings)) for findings in healthy)
    return out | {
        "provoked faults that are named, share": named / len(PROVOKED),
        "healthy trainings that are accused, share": accused / len(healthy),
    }
