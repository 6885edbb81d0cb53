# ruff: noqa: E501 (lines are as long as the solvers write them)
"""An Abaqus-like case: status, message and data file, notes in Word, results as VTU."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.pipeline.extract.case.generated.calculix import deck
from tests.pipeline.extract.case.generated.solves import Plate, draw_field, plate

INCREMENTS = ((1, "1U", 0, 16, 0.0, 0.5), (1, "2", 0, 4, 0.125, 0.125), (2, "1", 0, 3, 0.25, 0.125),
              (3, "1", 1, 3, 0.4375, 0.1875), (4, "1", 0, 5, 1.0, 0.5625))  # fmt: skip


def write_abaqus(folder: Path) -> None:
    import meshio
    from docx import Document

    folder.mkdir(parents=True)
    solved = plate()
    notes = Document()
    notes.add_heading("Bracket, second loop", 1)
    notes.add_paragraph(
        "The first attempt failed to converge with an increment of 0.5, see the message file."
    )
    notes.save(str(folder / "review.docx"))
    (folder / "bracket.inp").write_text(deck(solved).replace("CalculiX", "Abaqus"))
    (folder / "bracket.sta").write_text(status())
    (folder / "bracket.msg").write_text(message(solved))
    (folder / "bracket.dat").write_text(data(solved))
    rows = [
        f"{time}\t{48 * time:.3f}\t{float(solved.displacement.max()) * time:.6f}"
        for *_, time, _ in INCREMENTS[1:]
    ]
    (folder / "reaction.tsv").write_text("time\tRF1\tU1\ns\tkN\tmm\n" + "\n".join(rows) + "\n")
    points = np.pad(solved.points, ((0, 0), (0, 1)))
    moved = np.pad(solved.displacement, ((0, 0), (0, 1)))
    mesh = meshio.Mesh(points, [("triangle", solved.triangles)], {"S_Mises": solved.mises, "U": moved})
    mesh.write(folder / "bracket.vtu")
    draw_field(
        folder / "displacement-U1 t=1.0.png", solved.points, solved.triangles, solved.displacement[:, 0], "mm"
    )
    (folder / "bracket.odb").write_bytes(b"\x00\x01ODB" + bytes(5000))


def status(ended: bool = True) -> str:
    rows = [
        f"{1:4d}{increment:6d}{attempt:>4}{severe:6d}{iterations:6d}{severe + iterations:6d}  {time:<9.3g}{time:9.3g}{size:11.4g}"
        for increment, attempt, severe, iterations, time, size in INCREMENTS
    ]
    ending = ["", " THE ANALYSIS HAS COMPLETED SUCCESSFULLY", ""] if ended else []
    return "\n".join(
        [" Abaqus/Standard 2022                  DATE 12-Jan-2024 TIME 10:20:30", " SUMMARY OF JOB INFORMATION:",
         " STEP  INC ATT SEVERE EQUIL TOTAL  TOTAL      STEP       INC OF       DOF    IF",
         "               DISCON ITERS ITERS  TIME/    TIME/LPF    TIME/LPF    MONITOR RIKS",
         "               ITERS               FREQ", *rows, *ending]
    )  # fmt: skip


def message(solved: Plate) -> str:
    lines = [
        " Abaqus/Standard 2022                  DATE 12-Jan-2024 TIME 10:20:30", "",
        "   S T E P       1     S T A T I C   A N A L Y S I S", "",
        " ***WARNING: THE STRAIN INCREMENT IS SO LARGE THAT THE PROGRAM WILL NOT ATTEMPT",
        "             THE PLASTICITY CALCULATION AT 3 POINTS", "",
    ]  # fmt: skip
    residuals = solved.residuals[::5]
    for increment, attempt, _, iterations, _, size in INCREMENTS:
        lines.append(
            f"  INCREMENT {increment:5d} STARTS. ATTEMPT NUMBER {attempt.rstrip('U'):>2}, TIME INCREMENT  {size:.3g}    "
        )
        for number in range(1, iterations + 1):
            lines += [
                "", f"          CONVERGENCE CHECKS FOR EQUILIBRIUM ITERATION {number:5d}", "",
                " AVERAGE FORCE                       125.        TIME AVG. FORCE         125.    ",
                f" LARGEST RESIDUAL FORCE          {-125 * residuals[number % len(residuals)]:12.3E}   AT NODE        12   DOF  2",
                f" LARGEST INCREMENT OF DISP.      {1e-3 * size:12.3E}   AT NODE        45   DOF  1",
                f" LARGEST CORRECTION TO DISP.     {1e-4 * size / number:12.3E}   AT NODE        45   DOF  1",
            ]  # fmt: skip
        lines.append(
            f" ***NOTE: THE SOLUTION APPEARS TO BE {'DIVERGING' if attempt.endswith('U') else 'CONVERGING'} IN INCREMENT {increment}"
        )
    return "\n".join(
        [*lines, "", "          THE ANALYSIS HAS BEEN COMPLETED", "", "     JOB TIME SUMMARY",
         "       USER TIME (SEC)      =     4.2000", "       TOTAL CPU TIME (SEC) =     4.6000", "       WALLCLOCK TIME (SEC) =         6", ""]
    )  # fmt: skip


def data(solved: Plate) -> str:
    rows = [
        f"   {n + 1:9d}      {solved.displacement[n, 0]:12.4E}  {solved.displacement[n, 1]:12.4E}"
        for n in solved.right
    ]
    return "\n".join(
        ["   Abaqus 2022", "", "   THE FOLLOWING TABLE IS PRINTED FOR NODES BELONGING TO NODE SET RIGHT", "",
         "       NODE FOOT-   U1             U2          ", "            NOTE", "", *rows, "",
         " MAXIMUM            2.1E-02", ""]
    )  # fmt: skip
