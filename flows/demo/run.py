"""The whole way once: documents in, a dataset, a trained and measured model, and a report about it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flows.demo.corpora import fetch_corpora
from flows.demo.recipe import SIMULATION, write_recipe
from flows.demo.simulation.generate import generate
from flows.watching import StageEvent, tell
from storage.errors import LooseleafError
from storage.filesystem import is_local, local_path


def run_demo(out: str = "looseleaf-demo", reports: int = 300, steps: int | None = None) -> dict[str, Any]:
    """Fetch and generate documents, then build, mine, train, evaluate and report; what is there is reused.

    The local services must be running: see `flows.calling.ready_for_flows`. Progress is told to the watcher.

    Args:
        out: local folder of all that the demo makes; `summary.json` there holds what is returned.
        reports: how many simulation reports.
        steps: of the training; None takes the default.

    Returns:
        `{"dataset", "run", "report", "documents": {"read", "kept", "rejected"}, "images": {"referenced",
        "kept", "rejected", "missing"}, "metrics": as from evaluate}`.

    Raises:
        LooseleafError: if `out` is no local folder, pip cannot download, or a stage fails.
    """
    folder = _folder(out)
    # Flows import Prefect, which reads its settings once: they have been made by now.
    from flows.build import build  # noqa: PLC0415
    from flows.evaluate import evaluate  # noqa: PLC0415
    from flows.lineage import newest_shards  # noqa: PLC0415
    from flows.mine import mine  # noqa: PLC0415
    from flows.params import BuildParams, EvaluateParams, MineParams, TrainParams  # noqa: PLC0415
    from flows.report.page import write_report  # noqa: PLC0415
    from flows.train import train  # noqa: PLC0415

    recipe = gather(folder, reports)
    dataset = str(folder / "dataset")
    build(BuildParams(recipe=str(recipe), dataset=dataset))
    mine(MineParams(dataset=dataset))
    # A run belongs to its shards: other documents get a run of their own.
    run = str(folder / f"run-{newest_shards(dataset).rstrip('/').rsplit('/', 1)[-1][:8]}")
    train(TrainParams(dataset=dataset, run=run, steps=steps))
    measured = evaluate(EvaluateParams(run=run))
    report = _timed("report", lambda: write_report(run, str(folder / "report.html")))
    summary = {
        "dataset": dataset,
        "run": run,
        "report": report,
        **accounts(dataset),
        "metrics": measured["metrics"],
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return summary


def gather(folder: Path, reports: int) -> Path:
    """Download the archives while the simulation reports are generated; return the recipe of both."""

    def told(done: int, total: int) -> None:
        tell(StageEvent("simulate", done, total))

    began = time.monotonic()
    with ThreadPoolExecutor(1) as thread:
        downloading = thread.submit(fetch_corpora)
        made = generate(folder / SIMULATION, reports, progress=told)
        tell(StageEvent("simulate", reports, reports, report=_report(began, {"images": made.images})))
        archives = downloading.result()
    tell(
        StageEvent(
            "download", len(archives), len(archives), report=_report(began, {"archives": len(archives)})
        )
    )
    return write_recipe(folder, archives)


def accounts(dataset: str) -> dict[str, dict[str, int]]:
    """Return documents read = kept + rejected, and images referenced = kept + rejected + missing."""
    from storage.queries import run_query  # noqa: PLC0415

    documents = run_query(
        dataset,
        "SELECT (SELECT count(*) FROM documents) AS read, (SELECT count(*) FROM kept_documents) AS kept",
    ).to_pylist()[0]
    rows = run_query(dataset, "SELECT state, count(*) AS n FROM image_references GROUP BY state").to_pylist()
    states = {row["state"]: row["n"] for row in rows}
    return {
        "documents": {**documents, "rejected": documents["read"] - documents["kept"]},
        "images": {
            "referenced": sum(states.values()),
            **{state: states.get(state, 0) for state in ("kept", "rejected", "missing")},
        },
    }


def _folder(out: str) -> Path:
    if not is_local(out):
        raise LooseleafError(
            f"The demo cannot write to {out}, because its programs share local files; give a folder."
        )
    folder = local_path(out).absolute()
    if folder.exists() and not folder.is_dir():
        raise LooseleafError(f"The demo cannot use {out}, which is a file; give a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _timed(stage: str, work: Callable[[], str]) -> str:
    tell(StageEvent(stage))
    began = time.monotonic()
    result = work()
    tell(StageEvent(stage, 1, 1, report=_report(began, {})))
    return result


def _report(began: float, rows: dict[str, int]) -> dict[str, Any]:
    return {"seconds": time.monotonic() - began, "rows": rows}
