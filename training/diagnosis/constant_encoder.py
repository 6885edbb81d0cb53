"""An encoder that says the same of everything."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Features, thinned

_SUSPECTED, _FOUND = 0.01, 1e-5


def constant_encoder(features: Features) -> Finding | None:
    """Look for an encoder whose features do not hang on its input.

    The value is the spread of the features over their length (the root of their variance by the root of
    their mean square), the lower of both modalities; sentence and image encoders have 0.3 and more.
    """
    findings = []
    for name, whole in (("image", features.pixels), ("text", features.texts)):
        rows = np.asarray(thinned(whole), dtype=np.float64)
        if len(rows) < 2 or not rows.shape[-1]:
            continue
        size = float(np.sqrt(np.square(rows).sum(axis=1).mean()))
        spread = float(np.sqrt(rows.var(axis=0).sum())) / size if size else 0.0
        findings.append(
            judged(
                "constant_encoder",
                spread,
                _SUSPECTED,
                _FOUND,
                f"the {name} encoder's features vary by {spread:.2g} of their length.",
                "Mine again with another encoder: from these features nothing can be learned.",
            )
        )
    return worst(findings)
