from __future__ import annotations

import numpy as np

from training.numbers.quantities import quantities
from training.numbers.summary import DIMENSIONS, STATISTICS, summaries


def column(name: str, statistic: str) -> int:
    return DIMENSIONS.index(name) * len(STATISTICS) + STATISTICS.index(statistic)


def test_units_do_not_matter_and_order_neither() -> None:
    one = quantities("max 12 MPa, then 3 MPa and 40 mm")
    same = quantities("40000 µm, 3e6 Pa, max 12 N/mm2")
    np.testing.assert_allclose(*summaries([one, same]))


def test_each_statistic_is_what_it_says() -> None:
    (found,) = summaries([quantities("max 8 Pa, and 2 Pa, and 3 Pa, -5 Pa")])
    said = [np.exp(found[column("pressure", statistic)]) for statistic in STATISTICS]
    np.testing.assert_allclose(said, [8, 2, 3, 8, 8])


def test_what_is_not_said_is_the_mean_and_marked() -> None:
    found = summaries([quantities("2 Pa"), quantities("8 Pa"), quantities("3 mm"), []])
    at, there = (
        column("pressure", "largest"),
        len(DIMENSIONS) * len(STATISTICS) + DIMENSIONS.index("pressure"),
    )
    np.testing.assert_allclose(found[:, at], np.log([2, 8, 4, 4]))
    np.testing.assert_array_equal(found[:, there], [1, 1, 0, 0])
    assert np.isfinite(found).all()
