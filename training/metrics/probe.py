"""A linear probe that tells images from texts."""

from __future__ import annotations

import numpy as np

from training.metrics.checks import Floats, Integers, require_finite, unit_rows

_RIDGE = 1e-3


def modality_probe(
    images: Floats, texts: Floats, image_documents: Integers, text_documents: Integers
) -> float:
    """Return the balanced accuracy of a least-squares probe on documents that it was not fitted on.

    It is fitted on the even documents with both classes weighing the same, and measured on the odd ones; one
    half says that the modalities are mixed. Rows of zeros are left out.

    Args:
        images: vectors [M, d].
        texts: vectors [N, d].
        image_documents: the document of each image, int64 [M].
        text_documents: the document of each text, int64 [N].

    Returns:
        0 to 1; NaN if one side has no image or no text.

    Raises:
        LooseleafError: if a number is not finite.
    """
    require_finite(images, "image vectors")
    require_finite(texts, "text vectors")
    rows = np.concatenate([unit_rows(images), unit_rows(texts)])
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    is_image = np.arange(len(rows)) < len(images)
    fitted = np.concatenate([image_documents, text_documents]) % 2 == 0
    held = (rows[:, :-1] != 0).any(axis=1)
    groups = [held & side & kind for side in (fitted, ~fitted) for kind in (is_image, ~is_image)]
    if not all(group.any() for group in groups):
        return float("nan")
    seen, read, asked_images, asked_texts = groups
    weights = seen / seen.sum() + read / read.sum()
    inner = (rows * weights[:, None]).T @ rows
    solved = np.linalg.solve(
        inner + _RIDGE * np.eye(len(inner)), (rows * weights[:, None]).T @ np.where(is_image, 1.0, -1.0)
    )
    said = rows @ solved
    return float(((said[asked_images] > 0).mean() + (said[asked_texts] < 0).mean()) / 2)
