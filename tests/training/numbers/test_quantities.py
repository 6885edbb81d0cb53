from __future__ import annotations

import pytest

from training.numbers.quantities import PLAIN, UNITS, quantities, units_named


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("131.2 MPa", 131.15e6, 131.25e6),
        ("1.312e+02 MPa", 131.15e6, 131.25e6),
        ("131.2 N/mm2", 131.15e6, 131.25e6),
        ("1,312 kPa", 1.3115e6, 1.3125e6),
        ("0,422 mm", 0.4215e-3, 0.4225e-3),
        ("−5 °C", 267.65, 268.65),
        ("12 kW/m2", 11.5e3, 12.5e3),
        ("120 rad/s", 19.019, 19.178),
    ],
)
def test_a_number_means_an_interval_in_si(text: str, low: float, high: float) -> None:
    (found,) = quantities(text)
    assert found.interval() == pytest.approx((low, high), rel=1e-4)
    assert found.unit is not PLAIN


def test_numbers_of_names_are_none_and_units_end_with_their_word() -> None:
    assert quantities("LC2 of plate-a7 in x2") == []
    assert quantities("9" * 400) == []
    assert [one.number for one in quantities("commit 123e4567 of 1e999 and 2.5e-03")] == [2.5e-3]
    (found,) = quantities("5 meshes")
    assert found.unit == PLAIN
    assert [one.unit.name for one in quantities("3 mm, 4 m, 2 W/(m K)")] == ["mm", "m", ""]
    assert units_named("stress in MPa (mm), 25°C") == [UNITS["MPa"], UNITS["mm"], UNITS["°C"]]
    assert units_named("film coefficient in W/(m2 K)") == []


def test_a_maximum_is_said_before_its_own_number_and_in_its_own_sentence() -> None:
    said = quantities("The largest stress is 12 MPa. It is 3 MPa on average, max 4 MPa, mean 2 MPa.")
    assert [one.extreme for one in said] == [True, False, True, False]
