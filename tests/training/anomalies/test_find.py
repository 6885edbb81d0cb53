from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.anomalies.samples import family, printed
from training.anomalies.calibrate import PRIOR, calibrate
from training.anomalies.documents import Figure, Report
from training.anomalies.find import find_anomalies
from training.anomalies.load_cases import foreign_load_case, named_in_picture, named_in_text


def test_exchanged_figures_of_siblings_come_first_with_their_evidence() -> None:
    reports, figures, stress = family(6, 4)
    figures[0], figures[2] = (
        replace(figures[0], words=figures[2].words),
        replace(figures[2], words=figures[0].words),
    )
    found = find_anomalies(reports, figures).anomalies
    assert {one.figure for one in found[:2]} == {0, 2}
    assert found[1].probability > 2 * found[2].probability
    first = next(one for one in found if one.figure == 0)
    assert first.nearest == 1
    assert "other run" in first.kinds
    assert any(f"{stress[1]:.1f} MPa" in one.sentence for one in first.evidence)


def test_nothing_exchanged_nothing_likely() -> None:
    reports, figures, _ = family(6, 4)
    assert all(one.probability < PRIOR for one in find_anomalies(reports, figures).anomalies)


def test_the_order_of_documents_and_figures_does_not_matter() -> None:
    reports, figures, _ = family(3, 4)
    figures[0] = replace(figures[0], words=figures[2].words)
    order = np.random.default_rng(0).permutation(len(reports)).tolist()
    place = {old: new for new, old in enumerate(order)}
    moved = [replace(figure, report=place[figure.report]) for figure in reversed(figures)]
    here = {one.figure: one.probability for one in find_anomalies(reports, figures).anomalies}
    there = find_anomalies([reports[old] for old in order], moved).anomalies
    for one in there:
        assert one.probability == pytest.approx(here[len(figures) - 1 - one.figure], abs=1e-6)


def test_a_wrong_unit_is_named_and_a_converted_one_is_not() -> None:
    reports, figures, stress = family(6, 4)
    said = list(reports[5].statements)
    wrong = [*said[:1], f"Largest von Mises stress {stress[5]:.1f} Pa", *said[2:]]
    right = [*said[:1], f"Largest von Mises stress {1e6 * stress[5]:.4g} Pa", *said[2:]]
    mistaken = find_anomalies(
        [*reports[:5], replace(reports[5], statements=tuple(wrong)), *reports[6:]], figures
    )
    assert mistaken.anomalies[0].figure == 10
    assert max(mistaken.anomalies[0].kinds, key=mistaken.anomalies[0].kinds.__getitem__) == "unit"
    converted = find_anomalies(
        [*reports[:5], replace(reports[5], statements=tuple(right)), *reports[6:]], figures
    )
    assert all("unit" not in one.kinds for one in converted.anomalies)


def test_a_bare_number_in_a_unit_that_no_sibling_uses_is_named() -> None:
    reports, figures, stress = family(6, 4)
    figures[10] = replace(figures[10], words=printed(f"{stress[5]:.1f}"))
    said = list(reports[5].statements)
    told = [*said[:1], f"Largest von Mises stress {stress[5]:.1f} Pa", *said[2:]]
    reports[5] = replace(reports[5], statements=tuple(told))
    first = find_anomalies(reports, figures).anomalies[0]
    assert first.figure == 10
    assert "siblings give such numbers in MPa" in first.evidence[0].sentence
    converted = [*said[:1], f"Largest von Mises stress {1e3 * stress[5]:.1f} kPa", *said[2:]]
    reports[5] = replace(reports[5], statements=tuple(converted))
    assert all("unit" not in one.kinds for one in find_anomalies(reports, figures).anomalies)


def test_another_load_case_is_named_from_picture_or_file_name() -> None:
    reports, figures, _ = family(4, 4)
    figures[4] = replace(figures[4], words=(*figures[4].words, *printed("", "", "plate LC3")))
    figures[6] = replace(figures[6], name="stress LC2")
    found = find_anomalies(reports, figures).anomalies
    assert {one.figure for one in found[:2]} == {4, 6}
    assert all("load case" in one.kinds for one in found[:2])
    said = {one.figure: one.evidence[0].sentence for one in found[:2]}
    assert "picture names load case 3" in said[4]
    assert "file name names load case 2" in said[6]


def test_load_cases_are_read_as_they_are_written() -> None:
    assert named_in_text("stress LC02, Load case 3, load-case 4, LC14") == {2, 3, 4, 14}
    assert named_in_text("WLC2, LC2345") == set()
    assert named_in_picture("plate LCI, LCl") == {1}
    assert foreign_load_case({1, 2}, {2}) is None
    assert foreign_load_case({3}, set()) is None
    assert foreign_load_case({3}, {1}) == 3


def test_a_model_alone_finds_what_it_knows() -> None:
    reports = [Report(f"doc-{k}", "f", "s", ("a text",)) for k in range(8)]
    figures = [Figure(k % 8, "", ()) for k in range(40)]
    best = [figure.report for figure in figures]
    best[3] = 7
    found = find_anomalies(
        reports, figures, lambda figure, documents: (documents == best[figure]).astype(np.float64)
    )
    assert found.anomalies[0].figure == 3
    assert found.anomalies[0].nearest == 7
    assert any(one.source == "model" for one in found.anomalies[0].evidence)


def test_figures_of_one_document_alone_are_not_suspected() -> None:
    report = Report("d", "f", "s", ("The largest stress is 12.3 MPa.",))
    (one,) = find_anomalies([report], [Figure(0, "stress", printed("max 12.3 MPa"))]).anomalies
    assert one.probability == pytest.approx(PRIOR, abs=0.02)
    assert find_anomalies([report], []).anomalies == []


def test_probabilities_are_calibrated() -> None:
    """Of figures that are given a probability of p, p are wrong, also where wrong ones are rare."""
    draw = np.random.default_rng(0)
    right, wrong = draw.normal(-1, 1, (40_000, 1)), draw.normal(1, 1, (2_000, 1))
    fitted = calibrate(("x",), right[:20_000], draw.normal(1, 1, (20_000, 1)))
    said = fitted.probability(np.concatenate([right, wrong]), prior=2_000 / 42_000)
    truth = np.arange(42_000) >= 40_000
    for low, high in ((0.0, 0.02), (0.02, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 1.0)):
        inside = (said >= low) & (said < high)
        assert said[inside].mean() == pytest.approx(truth[inside].mean(), abs=0.04)


def test_a_measure_that_speaks_the_wrong_way_round_gets_no_weight() -> None:
    draw = np.random.default_rng(1)
    fitted = calibrate(("good", "bad"), draw.normal((-1, 1), 1, (500, 2)), draw.normal((1, -1), 1, (500, 2)))
    assert fitted.weights[0] > 0.5
    assert fitted.weights[1] == 0.0
