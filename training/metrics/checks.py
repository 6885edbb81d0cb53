"""What every metric asks of its input first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storage.errors import LooseleafError

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def require_finite(values: Floats, name: str) -> None:
    """Refuse numbers that would win every comparison or none.

    Raises:
        LooseleafError: if one of `values` is NaN or infinite.
    """
    wrong = int(values.size - np.isfinite(values).sum())
    if wrong:
        raise LooseleafError(
            f"{wrong} of {values.size} numbers in {name} are not finite, so nothing can be ranked by them: "
            "train again with a smaller learning rate, or look for broken features."
        )


def unit_rows(vectors: Floats) -> NDArray[np.float64]:
    """Return the rows of [n, d] scaled to length one; a zero row stays zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    return wide / np.where(norms > 0, norms, 1.0)
