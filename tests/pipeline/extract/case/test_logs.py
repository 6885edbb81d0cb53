# ruff: noqa: E501 (the rows of tables of examples)
from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem
from pipeline.extract.case.logs.kinds import log_kind
from pipeline.extract.case.logs.log import Log
from pipeline.extract.case.logs.read import SHOWN_ROWS, parse_log, read_log
from pipeline.extract.element import Element
from tests.pipeline.extract.case.generated import abaqus, calculix, foam, general
from tests.pipeline.extract.case.generated.solves import block, plate


def parsed(text: str, name: str = "run.log") -> Log:
    kind = log_kind(name, text)
    assert kind is not None
    return parse_log(kind, text.splitlines())


def elements(
    tmp_path: Path, text: str, name: str = "run.log", limit: int = 1_000_000
) -> tuple[tuple[Element, ...], list[Problem]]:
    path = tmp_path / name
    path.write_text(text)
    builder = Builder("case", "case")
    problems = read_log(
        builder, CaseFile(name, str(path), path.stat().st_size), CaseLimits(max_text_bytes=limit)
    )
    return builder.elements(), problems


def test_openfoam() -> None:
    log = parsed(foam.log())
    assert (log.solver, log.ended, log.ending) == ("OpenFOAM laplacianFoam", True, "End")
    assert dict(log.facts)["Build"] == "v2312 OPENFOAM=2312"
    (history,) = log.histories
    assert history.columns == [
        "Time", "T initial residual", "T iterations", "continuity error, local", "execution time [s]",
    ]  # fmt: skip
    residuals = block().residuals
    assert len(history.rows) == len(residuals) - 1
    assert [row[0] for row in history.rows] == list(range(1, len(residuals)))
    assert [row[1] for row in history.rows] == pytest.approx(residuals[:-1], rel=1e-5)
    assert list(log.warnings) == [
        "From function static void Foam::timeControl::checkControl() Reading wrong entries, ignoring maxCo"
    ]
    assert dict(log.timings)["clock time"] == "1 s"


def test_the_first_residual_of_a_step_counts_and_late_fields_have_a_column() -> None:
    line = "GAMG:  Solving for {}, Initial residual = {}, Final residual = 1e-9, No Iterations {}"
    text = "\n".join(
        ["Exec   : pisoFoam", "Time = 0.1", line.format("p", 0.5, 3), line.format("p", 0.25, 2), "Time = 0.2s",
         line.format("p", "nan", 1), line.format("k", 1, 1)]
    )  # fmt: skip
    (history,) = parsed(text).histories
    assert history.columns == [
        "Time",
        "p initial residual",
        "p iterations",
        "k initial residual",
        "k iterations",
    ]
    assert history.rows[0] == [0.1, 0.5, 5.0, None, None]
    assert history.rows[1][0] == 0.2
    assert history.rows[1][3:] == [1.0, 1.0]


def test_calculix() -> None:
    log = parsed(calculix.log(plate()))
    assert (log.solver, log.ended) == ("CalculiX 2.21", True)
    facts = dict(log.facts)
    assert facts == {
        "nodes": str(len(plate().points)), "elements": str(len(plate().triangles)),
        "analysis": "Static analysis", "equations": str(2 * len(plate().points)),
    }  # fmt: skip
    (history,) = log.histories
    assert [row[:5] for row in history.rows] == [[1.0, 1.0, 1.0, float(n), 1.0] for n in (1, 2, 3, 4)]
    column = history.columns.index("largest residual force")
    assert [row[column] for row in history.rows] == pytest.approx(
        9600 * plate().residuals[::40][:4], rel=1e-4
    )
    assert list(log.warnings) == [
        "reading *SOLID SECTION: the thickness is taken for plane stress elements only"
    ]
    assert dict(log.timings) == {"total calculix time": "0.86"}


def test_a_status_file() -> None:
    log = parsed(abaqus.status(), "bracket.sta")
    assert (log.solver, log.ended) == ("Abaqus/Standard 2022", True)
    assert log.facts == [("attempts that did not converge", "1")]
    (history,) = log.histories
    assert history.columns[:5] == [
        "step",
        "increment",
        "attempt",
        "severe discontinuity iterations",
        "equilibrium iterations",
    ]
    assert [row[1:5] for row in history.rows] == [
        [float(i), float(attempt.rstrip("U")), float(severe), float(equilibrium)]
        for i, attempt, severe, equilibrium, *_ in abaqus.INCREMENTS
    ]
    assert "monitored degree of freedom" not in history.columns


def test_a_message_file() -> None:
    log = parsed(abaqus.message(plate()), "bracket.msg")
    assert (log.solver, log.ending) == ("Abaqus/Standard 2022", "The analysis has been completed")
    assert ("step 1", "static analysis") in log.facts
    (history,) = log.histories
    assert len(history.rows) == sum(equilibrium for *_, equilibrium, _, _ in abaqus.INCREMENTS)
    assert history.rows[0][:5] == [1.0, 1.0, 1.0, 1.0, 0.5]
    assert history.rows[16][:5] == [1.0, 1.0, 2.0, 1.0, 0.125]
    assert list(log.warnings) == [
        "THE STRAIN INCREMENT IS SO LARGE THAT THE PROGRAM WILL NOT ATTEMPT THE PLASTICITY CALCULATION AT 3 POINTS"
    ]
    assert log.notes[0] == "THE SOLUTION APPEARS TO BE DIVERGING IN INCREMENT 1"
    assert dict(log.timings) == {
        "user time": "4.2000 s",
        "total cpu time": "4.6000 s",
        "wallclock time": "6 s",
    }


def test_a_convergence_file_of_calculix() -> None:
    text = (
        " SUMMARY OF C0NVERGENCE INFORMATION\n  STEP   INC   ATT   ITER     CONT.   RESID.        CORR.\n"
        "     1     1      1     1        0 0.1000E+03   0.1000E+03\n     1     1      1     2        0 0.2D-07   0.1D-05\n"
    )
    (history,) = parsed(text, "plate.cvg").histories
    assert history.columns[-2:] == ["residual force [%]", "correction of displacement [%]"]
    assert history.rows[1] == [1.0, 1.0, 1.0, 2.0, 0.0, 2e-8, 1e-6]


def test_a_general_log() -> None:
    log = parsed(general.log())
    assert (log.solver, log.ended, log.ending) == ("hotblock 1.4.2", True, "run finished normally")
    (history,) = log.histories
    assert history.columns == ["iteration", "residual", "energy [J]"]
    assert [row[1] for row in history.rows] == pytest.approx(block().residuals, rel=1e-3)
    assert list(log.warnings) == ["3 elements are very flat"]
    assert log.notes == ["stopped twice by the queue, this is the third start"]
    assert log.timings == [("elapsed time", "3.4 s")]


def test_columns_under_a_head() -> None:
    rows = "\n".join(f"  {n}  {1 / (n + 1):.4e}  {2.0 + n}" for n in range(6))
    log = parsed(f"solving\n  iter  continuity  x-velocity\n{rows}\ndone\n", "fluent.out")
    (history,) = [each for each in log.histories if each.name == "columns"]
    assert history.columns == ["iter", "continuity", "x-velocity"]
    assert len(history.rows) == 6
    assert history.rows[5][2] == 7.0


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("error = 1e-3", None), ("Error norm 0.5", None), ("Errors: 0", None), ("***ERROR: the model is free to move", "errors"),
        ("ERROR in readinput: no such set", "errors"), ("[2024-01-12 10:00:00] warning: mesh is coarse", "warnings"),
        ("--> FOAM FATAL ERROR : cannot find file", "errors"), ("Warnings are nice", None),
    ],
)  # fmt: skip
def test_a_message_is_no_value(line: str, kind: str | None) -> None:
    log = parse_log("general", ["start", line, "end"])
    assert [name for name in ("warnings", "errors") if getattr(log, name)] == ([kind] if kind else [])


@pytest.mark.parametrize(
    "text", [foam.log(ended=False), calculix.log(plate(), ended=False), abaqus.status(ended=False)]
)
def test_a_log_that_breaks_off_says_so(tmp_path: Path, text: str) -> None:
    found, problems = elements(tmp_path, text[: int(len(text) * 0.9)])
    assert "The log does not say that the run came to its end" in (found[0].text or "")
    assert any(element.kind == "table" for element in found)
    assert problems == []


def test_a_long_history_is_thinned_and_its_range_told(tmp_path: Path) -> None:
    text = "".join(f"iteration {n}: residual = {1000 / (n + 1)}\n" for n in range(5000))
    found, _ = elements(tmp_path, text)
    tables = [element.cells for element in found if element.cells is not None]
    assert tables[0][2] == ("residual", "1000", "0.2", "0.2", "1000", "5000")
    assert len(tables[1]) == SHOWN_ROWS + 1
    assert (tables[1][1], tables[1][-1]) == (("0", "1000"), ("4999", "0.2"))
    assert found[0].text == "run.log is a log with 5000 iterations. First to last: residual from 1000 to 0.2."


def test_of_a_huge_log_both_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    line = "iteration {:09d}: residual = {:.3e}\n"
    with path.open("wb") as file:
        file.write("".join(line.format(n, 1.0) for n in range(2000)).encode())
        file.seek(2_000_000_000)
        file.write("".join(line.format(n, 1e-9) for n in range(2000)).encode() + b"run finished\n")
    builder = Builder("case", "case")
    size = path.stat().st_size
    (problem,) = read_log(builder, CaseFile("run.log", str(path), size), CaseLimits(max_text_bytes=50_000))
    assert (problem.rule, problem.value, problem.threshold) == ("cut", float(size), 50_000.0)
    text = builder.elements()[0].text or ""
    assert "residual from 1 to 1e-09" in text
    assert "2.0 GB from the middle of the log were not read." in text
    assert "run finished" in text


def test_not_finite_values_are_kept_apart(tmp_path: Path) -> None:
    text = "iteration 1: residual = 1.0\niteration 2: residual = nan\niteration 3: residual = inf\n" * 10
    found, _ = elements(tmp_path, text)
    row = next(element.cells for element in found if element.cells is not None)[2]
    assert row == ("residual", "1", "Inf", "1", "1", "30")


def test_empty_lines_take_no_time(tmp_path: Path) -> None:
    # The square of 200,000 would be hours: the test's own time limit is the assertion.
    found, _ = elements(tmp_path, "\n" * 200_000 + "iteration 1: residual = 1\n" * 3)
    assert found[0].text == "run.log is a log with 3 iterations. First to last: residual from 1 to 1."
