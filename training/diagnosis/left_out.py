"""Documents that no step sees."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged

#: One document is enough to be named.
_SUSPECTED, _FOUND = 1e-9, 1e-8


def left_out(documents: int, one_sided: int, too_large: int) -> Finding | None:
    """Tell which training documents no step sees; the value is the share that is too large for a batch.

    Args:
        documents: of the training split.
        one_sided: of these, those without images or without texts, which cannot be contrasted.
        too_large: of these, those of which a batch cannot hold two.
    """
    return judged(
        "left_out",
        too_large / max(documents, 1),
        _SUSPECTED,
        _FOUND,
        f"of {documents} training documents no step sees {one_sided} without images or without texts and "
        f"{too_large} that are larger than half of batch.units.",
        "Raise batch.units, or draw less of a document by batch.max_images and batch.max_texts.",
    )
