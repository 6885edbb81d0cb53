"""Figures with plain axes: lines, bars, histograms, histories."""

from __future__ import annotations

from typing import Any

import numpy as np

from flows.demo.simulation.canvas import Style
from flows.demo.simulation.study import Chart, Study, quality

_COLOURS = ("tab:blue", "tab:orange", "tab:green")


def _axes(figure: Any, style: Style, chart: Chart | None, title: str) -> Any:
    ax = figure.add_axes((0.19, 0.17, 0.76, 0.72))
    if chart:
        ax.set_xlabel(chart.x_label)
        ax.set_ylabel(chart.y_label)
    if style.grid:
        ax.grid(True, which="both", linewidth=0.4, alpha=0.6)
    if style.frame == "clean":
        ax.spines[["top", "right"]].set_visible(False)
    if style.titles:
        ax.set_title(title)
    ax.tick_params(labelsize=7)
    return ax


def profile(figure: Any, study: Study, style: Style) -> None:
    """Draw values along a line."""
    chart = study.charts["profile"]
    ax = _axes(figure, style, chart, f"Values along the {study.facts['path']}")
    for k, curve in enumerate(chart.curves):
        colour = style.ink if k == 0 else _COLOURS[k]
        ax.plot(curve.x, curve.y, color=colour, label=curve.label, lw=1.6, ls=("-", "--", ":")[k])
    ax.legend(fontsize=7, frameon=style.frame == "axes")


def convergence(figure: Any, study: Study, style: Style) -> None:
    """Draw the error over the mesh size, both logarithmic."""
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415

    chart = study.charts["convergence"]
    ax = _axes(figure, style, chart, "Mesh convergence")
    error, guide = chart.curves
    ax.loglog(error.x, error.y, "o-", color=style.ink, label=error.label, ms=5)
    ax.loglog(guide.x, guide.y, "k--", lw=0.8, label=guide.label)
    ax.set_xticks(error.x, [f"{x:.3f}" for x in error.x])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(error.y.min() / 2, max(error.y.max(), guide.y.max()) * 2)
    ax.legend(fontsize=7)


def residual(figure: Any, study: Study, style: Style) -> None:
    """Draw the solver's residual over its iterations."""
    chart = study.charts["residual"]
    ax = _axes(figure, style, chart, "Solver history")
    for colour, curve in zip((style.ink, "tab:orange"), chart.curves, strict=True):
        ax.semilogy(curve.x, curve.y, color=colour, lw=1.1, label=curve.label)
    ax.legend(fontsize=7)


def cases(figure: Any, study: Study, style: Style) -> None:
    """Draw one bar for each load case."""
    chart = study.charts["cases"]
    ax = _axes(figure, style, chart, "Comparison of the cases")
    bars = ax.bar(chart.curves[0].x, chart.curves[0].y, color=style.ink, width=0.6, alpha=0.85)
    ax.set_xticks(chart.curves[0].x, chart.names)
    ax.bar_label(bars, fmt="%.4g", fontsize=7)
    ax.margins(y=0.15)


def spectrum(figure: Any, study: Study, style: Style) -> None:
    """Draw the natural frequencies as stems."""
    chart = study.charts["spectrum"]
    ax = _axes(figure, style, chart, "Natural frequencies")
    curve = chart.curves[0]
    ax.vlines(curve.x, 0, curve.y, color=style.ink, lw=2)
    ax.plot(curve.x, curve.y, "D", color=style.ink, ms=6)
    for x, y in zip(curve.x, curve.y, strict=True):
        ax.annotate(f"{y:.1f}", (x, y), (0, 6), textcoords="offset points", ha="center", fontsize=7)
    ax.set_xlim(0.4, len(curve.x) + 0.6)
    ax.set_ylim(0, curve.y.max() * 1.18)


def element_quality(figure: Any, study: Study, style: Style) -> None:
    """Draw how many triangles have which quality."""
    ax = _axes(figure, style, None, "Element quality")
    q = quality(study.mesh)
    ax.hist(q, bins=np.linspace(0, 1, 26), color="#7a9cc6", edgecolor="#2f4b73", linewidth=0.6)
    ax.axvline(float(q.mean()), color="tab:red", ls="--", lw=1)
    ax.set_xlabel("element quality")
    ax.set_ylabel("number of triangles")
    ax.set_xlim(0, 1)
