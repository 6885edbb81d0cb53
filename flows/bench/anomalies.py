"""How well planted faults are found in simulation reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from flows.bench.planting import Fault, plant, planted_in
from flows.bench.reports import write_reports_recipe
from flows.demo.simulation.generate import generate
from storage.filesystem import write_bytes_atomic
from training.metrics.links import grouped_auc

_REPORTS = 200
_DRAWS = 1000


def planted_dataset(place: Path, *, stamped: bool, seed: int = 0, reports: int = _REPORTS) -> str:
    """Return a dataset of reports with planted faults, making it if it is not there.

    Args:
        place: folder of reports, dataset and truth; `flows.calling.ready_for_flows` must be around the call.
        stamped: print onto the pictures what post-processors print, as in C.
        seed: of the reports and of what is planted.
        reports: how many.

    Raises:
        LooseleafError: if a stage of the pipeline fails, such as reading words where no engine is installed.
    """
    # Flows import Prefect, which reads its settings once: they have been made by now.
    from flows.build import build  # noqa: PLC0415
    from flows.params import BuildParams  # noqa: PLC0415

    dataset, planted = place / "dataset", place / "planted"
    generate(place / "reports", reports, seed, stamped=stamped)
    if not (planted / "planted.json").is_file():
        plant(place / "reports", planted, reports, seed, stamped=stamped)
    path = write_reports_recipe(place / "recipe.yaml", "planted", planted, "auto")
    build(BuildParams(recipe=str(path), dataset=str(dataset)))
    return str(dataset)


def measure_anomalies(rows: Sequence[dict[str, Any]], place: Path) -> dict[str, Any]:
    """Measure a ranking against what was planted.

    Args:
        rows: of `flows.anomalies.rank`, with path, image_url, probability and told.
        place: folder of the planted reports; `anomalies.json` is written there.

    Returns:
        For each fault AUROC of its figures against figures without fault, its 95 % interval over families,
        and how many; for swaps also by kind of figure; `precision` among as many of the first as there are
        faults. `told` is of swaps among the figures whose numbers tell siblings apart, `untold` among the
        others: of those nothing that is read says to which sibling they belong.
    """
    faults = {(one.report, one.image): one for one in planted_in(place / "planted")}
    known = [faults.get(_key(row)) for row in rows]
    scores = np.array([row["probability"] for row in rows])
    families = np.array([row["path"].split("/")[0] for row in rows])
    shown = _kinds(place / "planted", rows)
    # Other figures of a report whose units were changed may print them too: they are on neither side.
    changed = {one.report for one in faults.values() if one.fault == "unit"}
    clean = np.array(
        [one is None and _key(row)[0] not in changed for one, row in zip(known, rows, strict=True)]
    )
    found: dict[str, Any] = {"figures": len(rows), "faults": {}, "swaps": {}}
    for fault in get_args(Fault):
        wrong = np.array([one is not None and one.fault == fault for one in known])
        found["faults"][fault] = _area(scores, wrong, clean, families)
    swapped = np.array([one is not None and one.fault == "swap" for one in known])
    told = np.array([row["told"] for row in rows])
    for name, some in (("told", told), ("untold", ~told)):
        found[name] = _area(scores, swapped & some, clean & some, families)
    for kind in sorted(set(shown[swapped].tolist())):
        of_kind = shown == kind
        found["swaps"][kind] = _area(scores, swapped & of_kind, clean & of_kind, families)
    wrong = np.array([one is not None and one.fault != "converted" for one in known])
    found["precision"] = float(wrong[np.argsort(-scores, kind="stable")[: wrong.sum()]].mean())
    write_bytes_atomic(str(place / "anomalies.json"), (json.dumps(found, indent=1) + "\n").encode())
    return found


def _key(row: dict[str, Any]) -> tuple[str, str]:
    report = row["path"].rpartition("/")[0]
    return report, "figures/" + row["image_url"].rpartition("/")[2].replace("%28", "(").replace("%29", ")")


def _kinds(planted: Path, rows: Sequence[dict[str, Any]]) -> NDArray[np.str_]:
    shown: dict[str, dict[str, str]] = {}
    for row in rows:
        report = _key(row)[0]
        if report not in shown:
            truth = json.loads((planted / report / "truth.json").read_text(encoding="utf-8"))
            shown[report] = truth["figures"]
    return np.array([shown[report][image] for report, image in map(_key, rows)])


def _area(
    scores: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    clean: NDArray[np.bool_],
    families: NDArray[np.str_],
) -> dict[str, Any]:
    """Return AUROC of wrong figures against clean ones, and its interval when families are drawn anew."""
    looked = wrong | clean
    if not wrong.any() or not clean.any():
        return {"auroc": None, "figures": int(wrong.sum())}
    whole = _auroc(scores[looked], wrong[looked])
    names, owner = np.unique(families[looked], return_inverse=True)
    random, drawn = np.random.default_rng(0), []
    members = [np.flatnonzero(owner == number) for number in range(len(names))]
    for _ in range(_DRAWS):
        picked = np.concatenate([members[one] for one in random.integers(len(names), size=len(names))])
        true = wrong[looked][picked]
        if true.any() and not true.all():
            drawn.append(_auroc(scores[looked][picked], true))
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return {"auroc": whole, "low": low, "high": high, "figures": int(wrong.sum())}


def _auroc(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    return float(grouped_auc(scores, true, np.zeros(len(scores), np.int64), 1)[0])
