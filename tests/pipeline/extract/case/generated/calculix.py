# ruff: noqa: E501 (lines are as long as the solvers write them)
"""A CalculiX case: the plate with a hole, its deck, what the program prints, and a picture."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline.extract.case.generated.solves import Plate, draw_field, plate


def write_calculix(folder: Path) -> None:
    folder.mkdir(parents=True)
    solved = plate()
    (folder / "notes.txt").write_text(
        "Plate with a hole, load case 2\n\nPeter doubled the load on Friday, so the factor against yield is\n"
        "now only half of what the report says.\n\n- mesh is coarse at the rim\n- repeat with C3D20R\n"
    )
    (folder / "plate.inp").write_text(deck(solved))
    (folder / "ccx.log").write_text(log(solved))
    (folder / "plate.sta").write_text(
        " SUMMARY OF JOB INFORMATION\n  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME\n"
        "     1         1       1     2  0.100000E+01  0.100000E+01  0.100000E+01\n"
    )
    (folder / "plate.dat").write_text(printed(solved))
    peak = float(solved.mises.max())
    rows = [f"{k / 10:.1f},{4.8 * k:.2f},{peak * k / 10:.4f}" for k in range(11)]
    (folder / "load_curve.csv").write_text(
        "load factor [-],force [kN],peak stress [MPa]\n" + "\n".join(rows) + "\n"
    )
    draw_field(folder / "stress_vonMises_LC2.png", solved.points, solved.triangles, solved.mises, "MPa")


def deck(solved: Plate) -> str:
    nodes = [f"{n}, {x:.6e}, {y:.6e}, 0.0" for n, (x, y) in enumerate(solved.points, 1)]
    elements = [f"{n}, {', '.join(str(k + 1) for k in nodes)}" for n, nodes in enumerate(solved.triangles, 1)]
    return "\n".join(
        ["*HEADING", "Plate with a hole, CalculiX", "** The thickness is taken from drawing 4711, please check it",
         "*NODE, NSET=NALL", *nodes, "*ELEMENT, TYPE=CPS3, ELSET=EALL", *elements,
         "*MATERIAL, NAME=STEEL", "*ELASTIC", "210000., 0.3", "*SOLID SECTION, ELSET=EALL, MATERIAL=STEEL", "4.",
         "*STEP", "*STATIC", "*NODE PRINT, NSET=NALL", "U", "*END STEP", ""]
    )  # fmt: skip


def log(solved: Plate, ended: bool = True) -> str:
    force = 40.0 * 4.0 * 60.0
    lines = [
        "", "************************************************************", "",
        "CalculiX Version 2.21, Copyright(C) 1998-2023 Guido Dhondt", "CalculiX comes with ABSOLUTELY NO WARRANTY.",
        "", "************************************************************", "",
        " The numbers below are estimated upper bounds", "", " number of:", "",
        f"  nodes:       {len(solved.points):>8}", f"  elements:    {len(solved.triangles):>8}", "",
        " *WARNING reading *SOLID SECTION: the thickness is taken", "          for plane stress elements only", "",
        " STEP            1", "", " Static analysis was selected", "", " number of equations", f" {2 * len(solved.points)}",
        "", " increment 1 attempt 1 ", " increment size= 1.000000e+00", " sum of previous increments=0.000000e+00",
        " actual step time=1.000000e+00", " actual total time=1.000000e+00", "",
    ]  # fmt: skip
    for number, residual in enumerate(solved.residuals[::40][:4], 1):
        lines += [
            f" iteration {number}", "", f" average force= {force:f}", f" time avg. forc= {force:f}",
            f" largest residual force= {force * residual:f} in node 12 and dof 1",
            f" largest increment of disp= {abs(solved.displacement).max():e}",
            f" largest correction to disp= {residual:e} in node 3 and dof 1", "", " no convergence" if number < 4 else " convergence", "",
        ]  # fmt: skip
    return "\n".join([*lines, " Job finished", "", " Total CalculiX Time: 0.86", ""] if ended else lines)


def printed(solved: Plate) -> str:
    moved = [f"{n:10d} {u:13.6E} {v:13.6E} {0:13.6E}" for n, (u, v) in enumerate(solved.displacement, 1)]
    stressed = [
        f"{n:10d}{1:4d} {xx:13.6E} {yy:13.6E} {0:13.6E} {xy:13.6E} {0:13.6E} {0:13.6E}"
        for n, (xx, yy, xy) in enumerate(solved.stress, 1)
    ]
    return "\n".join(
        ["", " displacements (vx,vy,vz) for set NALL and time  0.1000000E+01", "", *moved, "",
         " stresses (elem, integ.pnt.,sxx,syy,szz,sxy,sxz,syz) for set EALL and time  0.1000000E+01", "", *stressed, ""]
    )  # fmt: skip
