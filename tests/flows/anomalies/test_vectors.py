from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from flows.anomalies.read import Dataset, Place
from flows.anomalies.vectors import RunVectors
from training.anomalies.documents import Figure, Report


def vectors() -> RunVectors:
    reports = [Report(name, "f", "s", ()) for name in "abc"]
    figures = [Figure(0, "", ()), Figure(1, "", ())]
    places = [Place("", "", 0, None, (), image, "") for image in ("seen", "unseen")]
    run: Any = SimpleNamespace()  # no score asks for the model
    texts = np.eye(4, dtype=np.float32)
    return RunVectors(
        Dataset(reports, list("abc"), figures, places),
        run,
        {"seen": np.array([0.8, 0.6, 0, 0], np.float32)},
        {"a": texts, "b": texts[2:]},
    )


def test_affinity_is_the_mean_of_the_nearest_texts() -> None:
    found = vectors().affinity(0, np.array([1, 0, 2]))
    np.testing.assert_allclose(found, [0, (0.8 + 0.6) / 3, 0], atol=1e-6)
    np.testing.assert_array_equal(vectors().affinity(1, np.array([0, 1])), 0)


def test_the_nearest_text_is_of_that_document() -> None:
    nearest = vectors().nearest_text(0, 0)
    assert nearest is not None
    np.testing.assert_array_equal(nearest, [1, 0, 0, 0])
    assert vectors().nearest_text(1, 0) is None
    assert vectors().nearest_text(0, 2) is None
