"""What a method of the table is worth: its way from floor to ceiling, and its gain over the best baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flows.bench.methods import Method
from training.evaluation.row import Row

#: The numbers that are compared.
COMPARED = ("in_doc_auc", "in_doc_p_at_1")
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Seeds:
    """A row of the table before its seeds are averaged."""

    method: Method | None  # None: nothing was trained
    part: str
    rows: Sequence[Row]  # a seed each, in the same order for every method

    def values(self, name: str) -> list[float]:
        """Return a number of each seed."""
        return [row[name] for row in self.rows]


def compared(table: Mapping[str, Seeds], against: str | None = None) -> dict[str, Row]:
    """Compare every trained row with the floor, the ceiling and the best baseline of its part of the images.

    The best baseline is the one with the highest mean AUC among methods that are neither ours nor the
    ceiling.

    Args:
        table: by row.
        against: a method that stands in the place of the best baseline.

    Returns:
        By row, for each of `COMPARED`: `<name>_way`, 0 at the floor and 1 at the ceiling; `<name>_gain` over
        the best baseline, the mean of the seeds' differences, with `_gain_low` and `_gain_high`, the ends of
        Student's 95 % interval over the seeds. What cannot be measured is NaN.
    """
    found: dict[str, Row] = {}
    for name, seeds in table.items():
        if seeds.method is None:
            continue
        best = best_baseline(table, seeds.part, against)
        row: Row = {}
        for number in COMPARED:
            here = _mean(seeds, number)
            floor, ceiling = (_of_group(table, group, seeds.part, number) for group in ("floor", "ceiling"))
            row[f"{number}_way"] = (here - floor) / (ceiling - floor) if ceiling != floor else math.nan
            others = table[best].values(number) if best else [math.nan] * len(seeds.rows)
            mean, low, high = paired(seeds.values(number), others)
            row |= {f"{number}_gain": mean, f"{number}_gain_low": low, f"{number}_gain_high": high}
        found[name] = row
    return found


def best_baseline(table: Mapping[str, Seeds], part: str, against: str | None = None) -> str | None:
    """Return the row of the best baseline on a part of the images; None where there is none.

    Args:
        table: by row.
        part: of the images.
        against: a method that is taken instead.
    """
    if against is not None:
        return next((name for name in table if name == f"{against}/{part}"), None)
    baselines = {
        name: _mean(seeds, COMPARED[0])
        for name, seeds in table.items()
        if seeds.part == part
        and seeds.method is not None
        and not seeds.method.ours
        and seeds.method.group != "ceiling"
    }
    return max(baselines, key=lambda name: baselines[name]) if baselines else None


def paired(values: Sequence[float], others: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean of differences, and the ends of its 95 % interval: NaN with fewer than two seeds."""
    from scipy.stats import t  # noqa: PLC0415 - heavy

    differences = np.asarray(values) - np.asarray(others)
    mean = float(differences.mean())
    if len(differences) < 2:
        return mean, math.nan, math.nan
    error = float(differences.std(ddof=1)) / len(differences) ** 0.5
    reach = float(t.ppf((1 + _CONFIDENCE) / 2, len(differences) - 1)) * error
    return mean, mean - reach, mean + reach


def _of_group(table: Mapping[str, Seeds], group: str, part: str, number: str) -> float:
    """The mean of the plain method of a group: not the one that saw mined negatives besides."""
    for seeds in table.values():
        method = seeds.method
        if method is not None and method.group == group and method.order == "random" and seeds.part == part:
            return _mean(seeds, number)
    return math.nan


def _mean(seeds: Seeds, number: str) -> float:
    return float(np.mean(seeds.values(number)))
