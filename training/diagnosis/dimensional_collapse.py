"""Few dimensions in use."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import Space
from training.metrics.geometry import effective_rank

_SUSPECTED, _FOUND = 0.2, 0.08


def dimensional_collapse(space: Space) -> Finding | None:
    """Look for vectors that span few dimensions (Jing et al. 2022, "Understanding dimensional collapse").

    The value is the effective rank (Roy and Vetterli 2007) of the centred vectors as a share of that of the
    centred encoder features of the same units, the lower of both modalities. A projection that learned keeps
    a third and more; below a twelfth most of what the encoder told apart is gone. Not measured where an
    encoder is trained, which has no features to compare with.
    """
    findings = []
    for name, vectors, features in space.modalities:
        if not features.shape[-1] or len(vectors) < 2:
            continue
        had = effective_rank(features - features.mean(axis=0))
        # One dimension is left at the least, also where all vectors are the same.
        spread = vectors - vectors.mean(axis=0)
        has = effective_rank(spread) if float(abs(spread).max(initial=0.0)) > 1e-6 else 1.0
        findings.append(
            judged(
                "dimensional_collapse",
                has / max(had, 1.0),
                _SUSPECTED,
                _FOUND,
                f"the {name} have an effective rank of {has:.1f}, the encoder's features {had:.1f}.",
                "Use larger batches or more varied documents, or lower optimizer.lr and weight_decay.",
            )
        )
    return worst(findings)
