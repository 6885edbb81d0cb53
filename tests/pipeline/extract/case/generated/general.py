"""A case of a program of one's own: a script, its log, a table with decimal commas, a solid mesh."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline.extract.case.generated.solves import block, draw_curve


def write_general(folder: Path) -> None:
    import meshio
    import numpy as np

    folder.mkdir(parents=True)
    solved = block()
    (folder / "README").write_text(
        "Hot block\n\nThe block is held at 80 degrees on the left, the colleagues in Graz measured 78.\n"
    )
    (folder / "run.py").write_text(
        "# conductivity from the data sheet of the supplier, not measured\nk = 205.0\nsolve(k)\n"
    )
    (folder / "block.log").write_text(log())
    rows = [f"{x:.3f}".replace(".", ",") + ";" + f"{t:.2f}".replace(".", ",") for x, t in profile()]
    (folder / "profile.csv").write_text(
        "Position (m);Temperatur (°C)\n" + "\n".join(rows) + "\n", encoding="cp1252"
    )
    mesh = meshio.Mesh(solved.points, [("tetra", solved.tetrahedra)], {"temperature": solved.temperature})
    mesh.write(folder / "block.vtu")
    history = solved.residuals
    draw_curve(folder / "residualHistory_CG.png", np.arange(len(history)), history, ("iteration", "residual"))


def profile() -> list[tuple[float, float]]:
    """Return position and temperature along the axis."""
    solved = block()
    on_axis = (solved.points[:, 1] == 0.5) & (solved.points[:, 2] == 0.5)
    return sorted(zip(solved.points[on_axis, 0].tolist(), solved.temperature[on_axis].tolist(), strict=True))


def log(ended: bool = True) -> str:
    solved = block()
    lines = ["hotblock version 1.4.2", "2024-01-12 10:20:30 INFO reading mesh",
             "2024-01-12 10:20:31 WARNING: 3 elements are very flat",
             "# stopped twice by the queue, this is the third start"]  # fmt: skip
    lines += [
        f"iter {n:4d}: residual = {r:.4e}, energy = {100 + r:.5f} J" for n, r in enumerate(solved.residuals)
    ]
    return "\n".join([*lines, "elapsed time: 3.4 s", "run finished normally", ""] if ended else lines)
