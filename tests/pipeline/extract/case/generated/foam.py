# ruff: noqa: E501 (lines are as long as the solvers write them)
"""An OpenFOAM case: heat conduction through a channel of hexahedra, with its mesh, log and forces."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.pipeline.extract.case.generated.solves import block, draw_curve

_BANNER = """/*---------------------------------------------------------------------------*\\
  =========                 |
  \\\\      /  F ield         | OpenFOAM: The Open Source CFD Toolbox
   \\\\    /   O peration     | Version:  v2312
    \\\\  /    A nd           | Website:  www.openfoam.com
     \\\\/     M anipulation  |
\\*---------------------------------------------------------------------------*/
"""


def header(kind: str, name: str) -> str:
    return (
        f"{_BANNER}FoamFile\n{{\n    version     2.0;\n    format      ascii;\n    class       {kind};\n"
        f"    object      {name};\n}}\n// * * * * * * * * * * * * * * * * * * * * * //\n\n"
    )


def write_foam(folder: Path) -> None:
    for part in ("system", "constant/polyMesh", "0", "100", "postProcessing/probes/0", "figures"):
        (folder / part).mkdir(parents=True)
    (folder / "README.md").write_text(
        "# Channel with a heated wall\n\nSecond try: the relaxation of **T** was raised to 0.9 after run 7 "
        "diverged.\n\n![Residuals of the first 60 iterations](figures/residuals_T_run08.png)\n\n"
        "- inlet at 20 degrees\n- wall at 95 degrees\n"
    )
    (folder / "system/controlDict").write_text(
        header("dictionary", "controlDict")
        + "application     laplacianFoam;\n// Anna asked for a smaller time step in the next run\n"
        "startTime       0;\nendTime         60;\ndeltaT          1;\n"
    )
    (folder / "constant/transportProperties").write_text(
        header("dictionary", "transportProperties") + "DT              DT [0 2 -1 0 0 0 0] 4e-05;\n"
    )
    values = block().temperature
    numbers = "\n".join(f"{value:.6g}" for value in values)
    for time in ("0", "100"):
        (folder / time / "T").write_text(
            header("volScalarField", "T")
            + f"dimensions      [0 0 0 1 0 0 0];\n\ninternalField   nonuniform List<scalar>\n{len(values)}\n(\n"
            + f"{numbers}\n)\n;\n\nboundaryField\n{{\n    wall\n    {{\n        type    fixedValue;\n    }}\n}}\n"
        )
    (folder / "log.laplacianFoam").write_text(log(), encoding="utf-8")
    rows = [f"{k:<10d} {20 + 75 * (1 - r):.5e} {r:.5e}" for k, r in enumerate(block().residuals)]
    (folder / "postProcessing/probes/0/T.dat").write_text(
        "# Probe 0 (0.5 0.5 0.5)\n# Time        T [degC]      change\n" + "\n".join(rows) + "\n"
    )
    history = block().residuals
    draw_curve(
        folder / "figures/residuals_T_run08.png", np.arange(len(history)), history, ("iteration", "residual")
    )
    write_mesh(folder / "constant/polyMesh", 8, 4, 3)


def log(ended: bool = True) -> str:
    """Return the log of a run whose residuals are those of a real solve."""
    lines = [_BANNER, "Build  : v2312 OPENFOAM=2312", "Arch   : LSB", "Exec   : laplacianFoam -case channel",
             "Date   : Jan 12 2024", "Time   : 10:20:30", "Host   : node17", "nProcs : 1", "",
             "--> FOAM Warning :", "    From function static void Foam::timeControl::checkControl()",
             "    Reading wrong entries, ignoring maxCo", "", "Starting time loop", ""]  # fmt: skip
    history = block().residuals
    for step, (first, last) in enumerate(pairwise(history), start=1):
        lines += [
            f"Time = {step}",
            "",
            f"DICPCG:  Solving for T, Initial residual = {first:.6g}, Final residual = {last:.6g}, No Iterations 1",
            f"time step continuity errors : sum local = {first / 100:.5g}, global = {last / 1000:.5g}, "
            f"cumulative = {last / 900:.5g}",
            f"ExecutionTime = {0.02 * step:.2f} s  ClockTime = {step // 20} s",
            "",
        ]
    return "\n".join([*lines, "End", ""] if ended else lines)


def write_mesh(folder: Path, *counts: int) -> None:
    """Write a box of cubes as OpenFOAM does: points, faces (inner ones first), owner, neighbour, boundary."""
    nx, ny, nz = counts
    grid = np.arange((nx + 1) * (ny + 1) * (nz + 1)).reshape(nz + 1, ny + 1, nx + 1)
    cell = np.arange(nx * ny * nz).reshape(nz, ny, nx)
    inner: list[tuple[list[int], int, int]] = []
    patches: dict[str, list[tuple[list[int], int]]] = {"inlet": [], "outlet": [], "wall": []}
    for k, j, i in np.ndindex(nz + 1, ny + 1, nx + 1):
        for axis, corners in enumerate(_faces(grid, i, j, k)):
            if corners is None:
                continue
            behind = (k - (axis == 2), j - (axis == 1), i - (axis == 0))
            ahead = (k, j, i)
            sides = [
                cell[at]
                for at in (behind, ahead)
                if all(0 <= a < n for a, n in zip(at, (nz, ny, nx), strict=True))
            ]
            if len(sides) == 2:
                inner.append((corners, int(sides[0]), int(sides[1])))
            else:
                name = "wall" if axis else "inlet" if i == 0 else "outlet"
                patches[name].append((corners, int(sides[0])))
    outer = [face for faces in patches.values() for face in faces]
    points = [
        f"({x * 0.1:g} {y * 0.1:g} {z * 0.1:g})"
        for z in range(nz + 1)
        for y in range(ny + 1)
        for x in range(nx + 1)
    ]
    faces = [f"4({' '.join(map(str, corners))})" for corners, *_ in (*inner, *outer)]
    owner = [str(first) for _, first, *_ in (*inner, *outer)]
    note = f'note "nPoints:{len(points)}  nCells:{nx * ny * nz}  nFaces:{len(faces)}  nInternalFaces:{len(inner)}";'
    for name, kind, rows in (
        ("points", "vectorField", points),
        ("faces", "faceList", faces),
        ("owner", "labelList", owner),
        ("neighbour", "labelList", [str(second) for _, _, second in inner]),
    ):
        head = (
            header(kind, name).replace("class", f"{note}\n    class")
            if name == "owner"
            else header(kind, name)
        )
        (folder / name).write_text(f"{head}{len(rows)}\n(\n" + "\n".join(rows) + "\n)\n")
    start, entries = len(inner), []
    for name, found in patches.items():
        entries.append(
            f"    {name}\n    {{\n        type patch;\n        nFaces {len(found)};\n        startFace {start};\n    }}\n"
        )
        start += len(found)
    (folder / "boundary").write_text(
        f"{header('polyBoundaryMesh', 'boundary')}{len(patches)}\n(\n{''.join(entries)})\n"
    )


def _faces(grid: np.ndarray, i: int, j: int, k: int) -> list[list[int] | None]:
    """Return the corners of the faces at a point whose normals are x, y and z; None where the grid ends."""
    nz, ny, nx = (size - 1 for size in grid.shape)
    at = [
        [(k, j, i), (k, j + 1, i), (k + 1, j + 1, i), (k + 1, j, i)] if j < ny and k < nz else None,
        [(k, j, i), (k + 1, j, i), (k + 1, j, i + 1), (k, j, i + 1)] if i < nx and k < nz else None,
        [(k, j, i), (k, j, i + 1), (k, j + 1, i + 1), (k, j + 1, i)] if i < nx and j < ny else None,
    ]
    return [None if corners is None else [int(grid[corner]) for corner in corners] for corners in at]
