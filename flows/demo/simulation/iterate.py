"""Iterations and refinements whose history a report shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flows.demo.simulation.study import Chart, Curve, Floats


def residual_chart(matrix: Any, load: Floats, most: int = 400) -> tuple[Chart, dict[str, str]]:
    """Solve by conjugate gradients, plain and with the diagonal, and return both histories.

    Args:
        matrix: sparse, symmetric and positive definite, [n, n].
        load: [n].
        most: the largest number of iterations.
    """
    plain = conjugate_gradients(matrix, load, np.ones_like(load), most)
    jacobi = conjugate_gradients(matrix, load, 1.0 / matrix.diagonal(), most)
    curves = tuple(
        Curve(np.arange(len(h), dtype=np.float64), h, label)
        for h, label in ((plain, "CG"), (jacobi, "CG + Jacobi"))
    )
    facts = {
        "iterations": str(len(jacobi) - 1),
        "plain_iterations": str(len(plain) - 1),
        "last_residual": f"{jacobi[-1]:.1e}",
        "equations": f"{len(load):,}",
        "half_residual": f"{jacobi[len(jacobi) // 2]:.1e}",
    }
    return Chart(curves, "iteration", "relative residual"), facts


def conjugate_gradients(matrix: Any, load: Floats, inverse_diagonal: Floats, most: int) -> Floats:
    """Return the relative residual norm after each iteration, from iteration 0."""
    x = np.zeros_like(load)
    r = load.copy()
    z = inverse_diagonal * r
    p = z.copy()
    rho = r @ z
    history = [1.0]
    norm = np.linalg.norm(load)
    while len(history) <= most and history[-1] > 1e-9:
        q = matrix @ p
        alpha = rho / (p @ q)
        x += alpha * p
        r -= alpha * q
        z = inverse_diagonal * r
        rho, before = r @ z, rho
        p = z + (rho / before) * p
        history.append(float(np.linalg.norm(r) / norm))
    return np.array(history)


def convergence_chart(
    measure: Callable[[float], tuple[int, float]], reference: float, what: str, densities: Sequence[float]
) -> tuple[Chart, dict[str, str]]:
    """Measure one quantity on finer and finer meshes and return its relative error.

    Args:
        measure: mesh density -> (number of elements, quantity).
        reference: the quantity on a better mesh or element.
        what: the quantity's name.
        densities: from coarse to fine.
    """
    rows = [measure(d) for d in densities]
    elements = np.array([float(n) for n, _ in rows])
    error = np.maximum(np.abs(np.array([v for _, v in rows]) / reference - 1.0), 1e-7)
    h = 1 / np.sqrt(elements)
    slope = float(np.polyfit(np.log(h), np.log(error), 1)[0])
    guide = error[-1] * (h / h[-1]) ** round(max(slope, 1.0))
    curves = (
        Curve(h, error, f"error of {what}"),
        Curve(h, guide, f"order {round(max(slope, 1.0))}"),
    )
    facts = {
        "order": f"{slope:.2f}",
        "coarse_error": f"{100 * error[0]:.2g} %",
        "fine_error": f"{100 * error[-1]:.2g} %",
        "coarse_elements": f"{int(elements[0]):,}",
        "fine_elements": f"{int(elements[-1]):,}",
        "levels": {3: "three", 4: "four", 5: "five"}[len(rows)],
        "watched": what,
    }
    return Chart(curves, "1 / sqrt(number of elements)", "relative error"), facts
