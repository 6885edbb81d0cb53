"""Few dimensions in use."""

from __future__ import annotations

from training.diagnosis.complete_collapse import is_one_point
from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Space
from training.metrics.geometry import effective_rank

#: Healthy runs have 0.65 to 0.95 here, ones with clusters 0.25 to 0.4, collapsed ones 0.10 to 0.15.
_SUSPECTED, _FOUND = 0.22, 0.18


def dimensional_collapse(space: Space) -> Finding | None:
    """Look for vectors that span few dimensions (Jing et al. 2022, "Understanding dimensional collapse").

    The value is the effective rank (Roy and Vetterli 2007) of the centred vectors as a share of that of the
    centred encoder features of the same units, or of the width where that is less, the lower of both
    modalities. A projection that learned keeps a half and more; below a fifth most is gone of what it could
    tell apart. Not measured where all
    vectors are one point, nor where an encoder is trained, which has no features to compare with.
    """
    findings = []
    for name, vectors, features in space.modalities:
        if not features.shape[-1] or len(vectors) < 2 or is_one_point(vectors):
            continue
        had = min(effective_rank(features - features.mean(axis=0)), float(vectors.shape[1]))
        has = effective_rank(vectors - vectors.mean(axis=0))
        findings.append(
            judged(
                "dimensional_collapse",
                has / max(had, 1.0),
                _SUSPECTED,
                _FOUND,
                f"the {name} have an effective rank of {has:.1f}, where {had:.1f} is there to be had.",
                "Use larger batches or more varied documents, or lower optimizer.lr and weight_decay.",
            )
        )
    return worst(findings)
