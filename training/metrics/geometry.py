"""The shape of the joint space: collapsed dimensions, the gap between modalities, how evenly it is filled.

Rows of zeros (images without the asked part) are left out everywhere.
"""

from __future__ import annotations

import numpy as np

from training.metrics.checks import Floats, Integers, require_finite, unit_rows

#: Products held at once.
_BLOCK = 1 << 22


def modality_gap(images: Floats, texts: Floats) -> float:
    """Return the distance between the mean image and the mean text, 0 to 2 (Liang et al. 2022).

    Args:
        images: vectors [M, d].
        texts: vectors [N, d].

    Raises:
        LooseleafError: if a number is not finite.
    """
    seen, read = _held(images, "image vectors"), _held(texts, "text vectors")
    if not len(seen) or not len(read):
        return float("nan")
    return float(np.linalg.norm(seen.mean(axis=0) - read.mean(axis=0)))


def effective_rank(vectors: Floats) -> float:
    """Return exp(entropy of the normalised singular values) of unit vectors [n, d], 1 to d.

    Roy and Vetterli 2007, "The effective rank".

    Raises:
        LooseleafError: if a number is not finite.
    """
    held = _held(vectors, "vectors")
    if not len(held):
        return float("nan")
    singular = np.sqrt(np.clip(np.linalg.eigvalsh(held.T @ held), 0.0, None))
    share = singular[singular > singular.max() * 1e-7]
    share = share / share.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def uniformity(vectors: Floats) -> float:
    """Return log of the mean of exp(-2 distance²) over pairs of unit vectors [n, d] (Wang and Isola 2020).

    0 says that all are the same; the lower, the more evenly the sphere is filled.

    Raises:
        LooseleafError: if a number is not finite.
    """
    held = _held(vectors, "vectors")
    if len(held) < 2:
        return float("nan")
    step = max(_BLOCK // len(held), 1)
    total = sum(
        float(np.exp(4 * (held[start : start + step] @ held.T) - 4).sum())
        for start in range(0, len(held), step)
    )
    return float(np.log((total - len(held)) / (len(held) * (len(held) - 1))))


def alignment(images: Floats, texts: Floats, positives: tuple[Integers, Integers]) -> float:
    """Return the mean squared distance of true pairs of unit vectors, 0 to 4 (Wang and Isola 2020).

    Args:
        images: vectors [M, d].
        texts: vectors [N, d].
        positives: image indices and text indices of the true pairs, int64 [P] each.

    Raises:
        LooseleafError: if a number is not finite.
    """
    require_finite(images, "image vectors")
    require_finite(texts, "text vectors")
    if not len(positives[0]):
        return float("nan")
    seen, read = unit_rows(images)[positives[0]], unit_rows(texts)[positives[1]]
    return float(np.square(seen - read).sum(axis=1).mean())


def _held(vectors: Floats, name: str) -> Floats:
    require_finite(vectors, name)
    units = unit_rows(vectors)
    held: Floats = units[(units != 0).any(axis=1)]
    return held
