# ruff: noqa: E501 (the rows of tables of examples)
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem
from pipeline.extract.case.numbers import evenly, number_of
from pipeline.extract.case.tables.printed import read_printed
from pipeline.extract.case.tables.read import SHOWN_ROWS, read_table
from pipeline.extract.case.tables.sniff import looks_like_table, sniff
from pipeline.extract.element import Element, UnreadableDocumentError
from tests.pipeline.extract.case.generated import abaqus, calculix
from tests.pipeline.extract.case.generated.solves import plate


def table(
    tmp_path: Path, data: str | bytes, name: str = "t.csv", limit: int = 1_000_000
) -> tuple[tuple[Element, ...], list[Problem]]:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    builder = Builder("case", "case")
    file = CaseFile(name, str(path), path.stat().st_size)
    problems = read_table(builder, file, CaseLimits(max_text_bytes=limit))
    return builder.elements(), problems


@pytest.mark.parametrize(
    ("text", "head", "first"),
    [
        ("time,force\n0,1.5\n1,2.5\n2,3.5\n", ("time", "force"), ("0", "1.5")),
        ("Zeit [s];Kraft [kN]\n0,0;1,5\n0,1;2,5\n", ("Zeit [s]", "Kraft [kN]"), ("0,0", "1,5")),
        ("Zeit;Kraft\n(s);(kN)\n0,0;1,5\n0,1;2,5\n", ("Zeit [s]", "Kraft [kN]"), ("0,0", "1,5")),
        ("t\tRF1\ns\tkN\n0.1\t2\n0.2\t3\n", ("t [s]", "RF1 [kN]"), ("0.1", "2")),
        ("# Time   Cd   Cl\n0   1.2  0.1\n1   1.3  0.2\n", ("Time", "Cd", "Cl"), ("0", "1.2", "0.1")),
        ("% made by post.m\nx (mm)   s_xx (MPa)\n 1.0E+00  2.5D+01\n 2.0E+00  -3.5D+01\n", ("x [mm]", "s_xx [MPa]"), ("1.0E+00", "2.5D+01")),
        ("1 2 3\n4 5 6\n7 8 9\n", ("column 1", "column 2", "column 3"), ("1", "2", "3")),
        ('name,"stress, max [MPa]"\nA,12.5\nB,13.5\nC,3\n', ("name", "stress, max [MPa]"), ("A", "12.5")),
        ("disp_mm,run_1,x_m\n1,2,3\n4,5,6\n", ("disp [mm]", "run_1", "x_m"), ("1", "2", "3")),
        ("# Time forces\n0 ((1 2 3) (4 5 6))\n1 ((1 2 3) (4 5 7))\n", ("column 1", "column 2", "column 3", "column 4",
         "column 5", "column 6", "column 7"), ("0", "1", "2", "3", "4", "5", "6")),
    ],
)  # fmt: skip
def test_how_a_table_is_written(
    tmp_path: Path, text: str, head: tuple[str, ...], first: tuple[str, ...]
) -> None:
    found, problems = table(tmp_path, text)
    cells = next(element.cells for element in found if element.kind == "table")
    assert cells is not None
    assert (cells[0], cells[1]) == (head, first)
    assert problems == []


def test_a_table_in_words(tmp_path: Path) -> None:
    text = (
        "time [s],force [kN],state\n"
        + "".join(f"{n},{-2.5 * n},ok\n" for n in range(5))
        + "5,nan,ok\n6,inf,ok\n"
    )
    found, _ = table(tmp_path, text, "load_Curve.csv")
    assert found[0].text == (
        "The table load Curve has 7 rows and 3 columns. time from 0 to 6 s; force from -10 to 0 kN with 2 values that are "
        "NaN or infinite; state in words."
    )


def test_a_long_table_is_thinned_and_says_so(tmp_path: Path) -> None:
    found, _ = table(tmp_path, "x,y\n" + "".join(f"{n},{n * n}\n" for n in range(10_001)))
    cells = next(element.cells for element in found if element.kind == "table")
    assert cells is not None
    assert len(cells) == SHOWN_ROWS + 1
    assert (cells[1], cells[-1]) == (("0", "0"), ("10000", "100000000"))
    assert "has 10001 rows" in (found[0].text or "")
    assert "40 of the 10001 rows are shown, evenly spread." in (found[0].text or "")


def test_of_a_huge_table_both_ends_are_read(tmp_path: Path) -> None:
    found, problems = table(tmp_path, "x,y\n" + "".join(f"{n},1\n" for n in range(100_000)), limit=10_000)
    assert [problem.rule for problem in problems] == ["cut"]
    assert "x from 0 to 99999" in (found[0].text or "")
    assert "from the middle of the file were not read" in (found[0].text or "")


def test_odd_rows_are_counted(tmp_path: Path) -> None:
    found, (problem,) = table(tmp_path, "x,y\n1,2\n3,4\n5,6\nEOF\n7,8\n")
    assert (problem.rule, problem.value) == ("odd_rows", 1.0)
    assert "4 rows" in (found[0].text or "")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (bytes(range(256)) * 40, "not_text"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 99, "not_text"),
        (b"words and words\n" * 9, "no_table"),
        (b"", "no_table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, rule: str) -> None:
    with pytest.raises(UnreadableDocumentError) as error:
        table(tmp_path, data)
    assert error.value.rule == rule


def test_prose_is_no_table() -> None:
    assert not looks_like_table(
        "We met on 12 May, and 3 people came.\nThe next one is on 14 June.\nBring 2 samples.\n" * 5
    )
    assert looks_like_table("0.1 2\n0.2 3\n0.3 4\n0.4 5\n")


@given(st.text(max_size=400))
def test_any_text_can_be_sniffed(text: str) -> None:
    form = sniff(text.splitlines())
    assert form is None or form.width >= 2


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False)
        ),
        min_size=3,
        max_size=30,
    ),
    st.sampled_from(",;\t"),
)
def test_what_is_written_comes_back(rows: list[tuple[float, float]], delimiter: str) -> None:
    lines = [f"a{delimiter}b", *(f"{a!r}{delimiter}{b!r}" for a, b in rows)]
    form = sniff(lines)
    assert form is not None
    assert (form.delimiter, form.decimal, form.first, form.width) == (delimiter, ".", 1, 2)


def test_numbers_as_solvers_write_them() -> None:
    assert [number_of(text) for text in ("1.5D-3", "1.5-103", "-.5", "1e5", "NaN", "x", "", "1_0")][:4] == [
        1.5e-3,
        1.5e-103,
        -0.5,
        1e5,
    ]
    assert number_of("1.234,5", ",") == 1234.5
    assert [number_of(text) for text in ("x", "", "1_0", "12 May")] == [None] * 4


def test_evenly_has_both_ends() -> None:
    assert evenly(3, 5) == [0, 1, 2]
    found = evenly(1000, 7)
    assert (len(found), found[0], found[-1]) == (7, 0, 999)


def printed(tmp_path: Path, text: str) -> list[Element]:
    path = tmp_path / "p.dat"
    path.write_text(text)
    builder = Builder("case", "case")
    read_printed(builder, CaseFile("p.dat", str(path), len(text)), CaseLimits())
    return [element for element in builder.elements() if element.kind == "table"]


def test_what_calculix_prints(tmp_path: Path) -> None:
    moved, stressed = printed(tmp_path, calculix.printed(plate()))
    assert moved.cells is not None
    assert moved.cells[0] == ("node", "vx", "vy", "vz")
    assert [float(cell) for cell in moved.cells[1]] == pytest.approx(
        [1, *plate().displacement[0], 0], rel=1e-5
    )
    assert stressed.cells is not None
    assert stressed.cells[0] == ("element", "point", "sxx", "syy", "szz", "sxy", "sxz", "syz")


def test_what_abaqus_prints(tmp_path: Path) -> None:
    (found,) = printed(tmp_path, abaqus.data(plate()))
    assert found.cells is not None
    assert found.cells[0] == ("NODE", "U1", "U2")
    assert len(found.cells) == len(plate().right) + 1


def test_what_is_printed_of_eigenvalues_and_buckling(tmp_path: Path) -> None:
    text = """
     E I G E N V A L U E   O U T P U T

 MODE NO    EIGENVALUE                       FREQUENCY
                                     REAL PART            IMAGINARY PART
                           (RAD/TIME)      (CYCLES/TIME     (RAD/TIME)

      1   0.1024711E+12   0.3201111E+06   0.5094726E+05   0.0000000E+00
      2   0.1024712E+12   0.3201112E+06   0.5094727E+05   0.0000000E+00

     B U C K L I N G   F A C T O R   O U T P U T

 MODE NO       BUCKLING
                FACTOR

      1   0.4815456E+02

 relative contact displacement (slave node,normal,tang1,tang2) for all contact elements and time 0.1000000E-02

       974 -5.674779E-05 -5.930646E-05 -6.571207E-13
"""
    modes, buckling, contact = printed(tmp_path, text)
    assert modes.cells is not None
    assert modes.cells[0][1:4] == ("eigenvalue", "frequency [rad/time]", "frequency [cycles/time]")
    assert len(modes.cells) == 3
    assert buckling.cells == (("mode", "buckling factor"), ("1", "0.4815456E+02"))
    assert contact.cells is not None
    assert contact.cells[1] == ("974", "-5.674779E-05", "-5.930646E-05", "-6.571207E-13")
