"""Runs of families whose pictures print what their own report says."""

from __future__ import annotations

import numpy as np

from training.anomalies.documents import Figure, PictureWord, Report


def printed(*lines: str) -> tuple[PictureWord, ...]:
    """Return words that stand line below line, ten pixels high."""
    words = []
    for row, line in enumerate(lines):
        left = 0
        for text in line.split():
            words.append(PictureWord(text, left, 20 * row, 6 * len(text), 10))
            left += 6 * len(text) + 5
    return tuple(words)


def legend(top: float, step: float, ticks: int, unit: str) -> tuple[PictureWord, ...]:
    """Return a legend: its unit, and below it numbers that fall."""
    words = [PictureWord(unit, 300, 0, 6 * len(unit), 10)]
    for row in range(ticks):
        text = f"{top - row * step:g}"
        words.append(PictureWord(text, 300, 20 * (row + 1), 6 * len(text), 10))
    return tuple(words)


def family(families: int, siblings: int, seed: int = 0) -> tuple[list[Report], list[Figure], np.ndarray]:
    """Return reports, a stress and a displacement figure of each, and the peak stresses, all different."""
    draw = np.random.default_rng(seed)
    stress = draw.permutation(np.arange(100, 100 + families * siblings) + 0.3)
    move = draw.permutation(np.arange(100, 100 + families * siblings) / 1000)
    reports, figures = [], []
    for number, (peak, most) in enumerate(zip(stress.tolist(), move.tolist(), strict=True)):
        said = (
            f"Plate, run {number % siblings + 1}. Load case LC1.",
            f"Largest von Mises stress {peak:.1f} MPa",
            f"The largest displacement is {most:.3f} mm.",
        )
        reports.append(Report(f"doc-{number:03d}", f"family-{number // siblings}", "s", said))
        figures.append(Figure(number, "stress LC1", printed(f"max {peak:.1f} MPa")))
        figures.append(Figure(number, "move", printed(f"max {1000 * most:.0f} µm")))
    return reports, figures, stress
