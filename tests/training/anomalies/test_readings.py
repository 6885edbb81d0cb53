from __future__ import annotations

from tests.training.anomalies.samples import legend, printed
from training.anomalies.confirm import confirmation, mistaken_unit, numbers_of
from training.anomalies.documents import Figure, Report
from training.anomalies.readings import Reading, readings


def report(*statements: str) -> Report:
    return Report("d", "f", "s", statements)


def read(*lines: str) -> list[Reading]:
    return readings(Figure(0, "", printed(*lines)))


def test_a_number_agrees_in_any_unit_within_the_digits_of_both() -> None:
    (shown,) = read("max 131.2 MPa")
    for said in ("1.312e8 Pa", "131 MPa", "131.23 N/mm2", "0.1312 GPa"):
        assert confirmation(shown, numbers_of(report(f"It is {said} here."))) is not None
    for said in ("131.2 Pa", "131.4 MPa", "131.2 mm", "131.2"):
        assert confirmation(shown, numbers_of(report(f"It is {said} here."))) is None


def test_only_what_does_not_convert_is_a_mistaken_unit() -> None:
    (shown,) = read("max 131.2 MPa")
    assert mistaken_unit(shown, numbers_of(report("It is 131.2 Pa."))) is not None
    assert mistaken_unit(shown, numbers_of(report("It is 131.2 of them, and 40 mm."))) is None


def test_a_picture_that_lost_a_decimal_point_still_agrees() -> None:
    (shown,) = read("max 1312 MPa")
    assert confirmation(shown, numbers_of(report("It is 131.2 MPa."))) is not None


def test_ticks_far_apart_are_lines_of_their_own_and_a_bare_number_takes_the_pictures_units() -> None:
    words = (*printed("in MPa"), *legend(44.5, 10.1, 4, "")[1:])
    found = {one.quantity.said: one for one in readings(Figure(0, "", words)) if not one.is_legend}
    assert {unit.name for unit in found["44.5"].units} == {"MPa"}
    assert readings(Figure(0, "", printed("40", "20"))) == []


def test_a_legend_bounds_the_maximum() -> None:
    (shown,) = (one for one in readings(Figure(0, "", legend(120, 20, 5, "MPa"))) if one.is_legend)
    assert [unit.name for unit in shown.units] == ["MPa"]
    assert confirmation(shown, numbers_of(report("The largest stress is 131.2 MPa."))) is not None
    assert confirmation(shown, numbers_of(report("The largest stress is 145.2 MPa."))) is None
    assert confirmation(shown, numbers_of(report("A stress of 131.2 MPa was applied."))) is None
    assert mistaken_unit(shown, numbers_of(report("The largest stress is 131.2 Pa."))) is not None
