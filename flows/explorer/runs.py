"""What a run left: its curves, its metrics, and what was seen of held-out documents on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi import HTTPException

from flows.explorer.places import described
from flows.explorer.sight import Sight
from storage.filesystem import exists, join, list_sizes
from training.evaluation.held_out import read_held_out
from training.lines import read_lines
from training.metrics.links import grouped_auc
from training.run_directory import read_json

#: Points of a curve that is drawn.
_POINTS = 400
_SHOWN = ("loss", "lr", "grad_norm", "samples_per_second", "scale")
_VALID = "valid_"


def run_url(sight: Sight, name: str) -> str:
    """Return where a run lies.

    Raises:
        HTTPException: 404, if there is none of that name.
    """
    if name not in sight.runs:
        raise HTTPException(404, f"There is no run {name!r} here.")
    return sight.runs[name]


def describe_run(sight: Sight, name: str) -> dict[str, Any]:
    """Return who a run is, its curves, its metrics, and the steps at which documents were looked at."""
    run = run_url(sight, name)
    about = read_json(run, "run.json")
    config = read_json(run, "config.json") if exists(join(run, "config.json")) else {}
    metrics = read_json(run, "metrics.json") if exists(join(run, "metrics.json")) else None
    return {
        "name": name,
        "run_id": about.get("run_id"),
        "build_id": about.get("build_id"),
        "created_at": about.get("created_at"),
        "encoders": about.get("encoders"),
        "parameters": (about.get("parameters") or {}).get("all"),
        "config": config,
        "metrics": metrics,
        "curves": curves(read_lines(run, "progress.jsonl")),
        "moments": _moments(run),
    }


def curves(lines: list[dict[str, Any]]) -> dict[str, list[list[float]]]:
    """Return curves by name, as [step, value]: each point the mean over some steps where there are many."""
    names = [name for name in _SHOWN if any(name in line for line in lines)]
    valid = sorted({name for line in lines for name in line if name.startswith(_VALID)})
    found = {name: _thinned([[line["step"], line[name]] for line in lines if name in line]) for name in names}
    for name in valid:
        if name != f"{_VALID}documents":
            found[name] = [[line["step"], line[name]] for line in lines if name in line]
    return found


def moments(sight: Sight, name: str) -> dict[str, Any]:
    """Return the similarity matrices of some held-out documents at each moment, and their map."""
    run = run_url(sight, name)
    steps = _moments(run)
    if not steps:
        return {"steps": [], "documents": [], "map": None}
    states = [read_json(run, "similarity", f"step-{step:06d}.json")["documents"] for step in steps]
    last = states[-1]
    known = described(
        sight,
        [(state["doc_id"], image["position"]) for state in last for image in state["images"]],
    )
    documents = []
    for index, state in enumerate(last):
        cosines = np.array([moment[index]["matrix"] for moment in states], dtype=np.float64)
        truth = np.array(state["truth"], dtype=bool)
        first = known.get((state["doc_id"], state["images"][0]["position"]), {}) if state["images"] else {}
        documents.append(
            {
                "doc_id": state["doc_id"],
                "name": first.get("name") or state["doc_id"],
                "source": state["source"],
                "truth_kind": state["truth_kind"],
                "images": state["images"],
                "texts": state["texts"],
                "truth": truth.astype(int).tolist(),
                "cosines": np.round(cosines, 3).tolist(),
                "auc": [_auc(moment, truth) for moment in cosines],
            }
        )
    return {"steps": steps, "documents": documents, "map": held_out_map(sight, run)}


def held_out_map(sight: Sight, run: str) -> dict[str, Any] | None:
    """Return where held-out documents' images and texts lie at each step, each step turned onto the next.

    Two directions are those of most variance at that step; a rotation or mirroring that brings the points
    nearest to the step after (Procrustes) takes away what is mere turning.
    """
    steps = read_held_out(run)
    if not steps:
        return None
    names = {
        row["doc_id"]: row
        for row in sight.ask(
            "select doc_id, name, source from catalogue.documents where doc_id in "
            "(select unnest($ids::VARCHAR[]))",
            {"ids": steps[-1].doc_ids},
        )
    }
    placed: list[npt.NDArray[np.float64]] = []
    for step in reversed(steps):
        flat = _plane(np.concatenate([step.images, step.texts]).astype(np.float64))
        placed.append(turned(flat, placed[-1]) if placed else flat)
    half = len(steps[-1].doc_ids)
    largest = max(float(np.abs(points).max()) for points in placed) or 1.0
    return {
        "steps": [step.step for step in steps],
        "documents": [
            {
                "doc_id": doc_id,
                "name": names.get(doc_id, {}).get("name", doc_id),
                "source": names.get(doc_id, {}).get("source"),
            }
            for doc_id in steps[-1].doc_ids
        ],
        "images": [np.round(points[:half] / largest, 4).tolist() for points in reversed(placed)],
        "texts": [np.round(points[half:] / largest, 4).tolist() for points in reversed(placed)],
    }


def turned(points: npt.NDArray[np.float64], onto: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return points [n, 2] rotated or mirrored so that they lie nearest to `onto` [n, 2]."""
    left, _, right = np.linalg.svd(points.T @ onto)
    found: npt.NDArray[np.float64] = points @ (left @ right)
    return found


def differences(sight: Sight, first: str, second: str, limit: int) -> dict[str, Any]:
    """Return how two runs differ: configurations, curves, metrics, and documents that both looked at."""
    one, other = describe_run(sight, first), describe_run(sight, second)
    return {
        "runs": [one, other],
        "settings": _different(_flat(one["config"]), _flat(other["config"])),
        "documents": _documents(sight, first, second)[:limit],
    }


def _documents(sight: Sight, first: str, second: str) -> list[dict[str, Any]]:
    ours = {document["doc_id"]: document for document in moments(sight, first)["documents"]}
    theirs = {document["doc_id"]: document for document in moments(sight, second)["documents"]}
    rows = [
        {
            "doc_id": doc_id,
            "name": ours[doc_id]["name"],
            "source": ours[doc_id]["source"],
            "first": ours[doc_id]["auc"][-1],
            "second": theirs[doc_id]["auc"][-1],
        }
        for doc_id in ours.keys() & theirs.keys()
    ]
    return sorted(rows, key=lambda row: (-abs(row["first"] - row["second"]), row["doc_id"]))


def _moments(run: str) -> list[int]:
    names = [name for name in list_sizes(join(run, "similarity")) if name.endswith(".json")]
    return sorted(int(name.removeprefix("step-").removesuffix(".json")) for name in names)


def _thinned(points: list[list[float]]) -> list[list[float]]:
    if len(points) <= _POINTS:
        return points
    parts = np.array_split(np.array(points, dtype=np.float64), _POINTS)
    return [[float(part[-1, 0]), float(np.nanmean(part[:, 1]))] for part in parts]


def _plane(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    found: npt.NDArray[np.float64] = centred @ axes[:2].T
    if found.shape[1] < 2:
        found = np.pad(found, ((0, 0), (0, 2 - found.shape[1])))
    return found


def _auc(cosines: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> float:
    return float(grouped_auc(cosines.ravel(), truth.ravel(), np.zeros(truth.size, np.int64), 1)[0])


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    found: dict[str, Any] = {}
    for name, inner in value.items():
        found |= _flat(inner, f"{prefix}.{name}" if prefix else name)
    return found


def _different(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    names = sorted(first.keys() | second.keys())
    return [
        {"name": name, "first": first.get(name), "second": second.get(name)}
        for name in names
        if first.get(name) != second.get(name)
    ]
