"""What the layout says about which text belongs to which image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.group.units import Unit

#: How much more a text of the image's own section weighs.
SAME_SECTION = 2.0
#: How much more the caption of an image weighs than a text right beside it.
CAPTION = 16.0

_NONE = -1


def layout_prior(images: Sequence[Unit], texts: Sequence[Unit], scale: float) -> npt.NDArray[np.float32]:
    """Return the weight of each text for each image, M x N; each row sums to one.

    A weight falls by 1/e over `scale` units of reading order, doubles within a section, and is largest for a
    caption. With neither images nor texts the result is empty.

    Args:
        images: M images of one document.
        texts: N texts of the same document.
        scale: units of reading order, above 0; infinite where the order says nothing.
    """
    if not images or not texts:
        return np.zeros((len(images), len(texts)), dtype=np.float32)
    distance = np.abs(_column(images, "order")[:, None] - _column(texts, "order")[None, :])
    same_section = _column(images, "section")[:, None] == _column(texts, "section")[None, :]
    logits = -distance / scale + np.log(SAME_SECTION) * same_section
    logits = np.where(_captions(images, texts), np.log(CAPTION), logits)
    # In logarithms: at a small scale every weight of a far-off image would underflow.
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _column(units: Sequence[Unit], name: str) -> npt.NDArray[np.int64]:
    values = (getattr(unit, name) for unit in units)
    return np.array([_NONE if value is None else value for value in values], dtype=np.int64)


def _captions(images: Sequence[Unit], texts: Sequence[Unit]) -> npt.NDArray[np.bool_]:
    """Return which text is a caption of which image: by name, or as part of one figure."""
    caption_of, figure = _column(texts, "caption_of"), _column(texts, "figure")
    by_name = caption_of[None, :] == _column(images, "position")[:, None]
    by_figure = (figure[None, :] == _column(images, "figure")[:, None]) & (figure != _NONE)
    return by_name | (by_figure & (caption_of != _NONE))
