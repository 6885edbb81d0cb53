"""Too little to learn from."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged

_SUSPECTED, _FOUND = 2.0, 1.0


def few_documents(usable: int, batch: int) -> Finding | None:
    """Look for a training set that hardly fills a batch, so that the same negatives meet in each step.

    The value is how many batches an epoch has.

    Args:
        usable: training documents with both images and texts.
        batch: documents of a step.
    """
    batches = usable / batch
    return judged(
        "few_documents",
        batches,
        _SUSPECTED,
        _FOUND,
        f"{usable} usable training documents make {batches:.1f} batches of {batch}.",
        "Add documents, hold out fewer, or make batches smaller.",
    )
