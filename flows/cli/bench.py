"""`looseleaf bench`: every method on data whose truth is known, and on real documents."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from flows.cli.shared import Options, Shown, finish, location

_COLUMNS = {
    "in_doc_auc": "AUC",
    "in_doc_auc_dc": "AUC-dc",
    "in_doc_auc_dc_apart": "apart",
    "in_doc_p_at_1": "p@1",
    "in_doc_p_at_5": "p@5",
    "orphan_auroc": "orphans",
    "corpus_recall_at_10": "recall@10",
    "document_recall": "documents",
    "modality_gap": "gap",
    "effective_rank": "rank",
    "trained_parameters": "trained",
    "seconds": "s",
    "peak_mb": "MB",
}
_COMPARED = ("in_doc_auc", "in_doc_p_at_1")

_DEFAULT = ("A", "B", "C", "D")


@click.command("bench", short_help="Every method on documents with known links, and on real ones.")
@click.option("--out", default="looseleaf-bench", show_default=True, help="Folder of data and results.")
@click.option("--on", "data", default="", help="Which data, with commas between.  [default: A,B,C,D]")
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="NAME=DATASET",
    help="C or D that is built and mined already.",
)
@click.option("--methods", default="", help="Which methods, with commas between.  [default: all]")
@click.option("--against", metavar="METHOD", help="Measure gains against it.  [default: the best baseline]")
@click.option("--towers", is_flag=True, help="Compare what is trained of the encoders instead, on B.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1, 100), help="Trainings of each.")
@click.option("--steps", type=click.IntRange(1), help="Of each training.  [default: 300, on B 600]")
@click.option("--anomalies", is_flag=True, help="Instead: how well planted faults of C's reports are found.")
@click.option("--plain", is_flag=True, help="--anomalies: pictures do not print run, load case and extremes.")
@finish
def command(  # noqa: PLR0917 - click hands over every option by name
    options: Options,
    out: str,
    data: str,
    datasets: tuple[str, ...],
    methods: str,
    against: str | None,
    towers: bool,
    seeds: int,
    steps: int | None,
    anomalies: bool,
    plain: bool,
) -> Shown:
    """Compare the objectives on four data, with a floor and a ceiling; a bench that was stopped goes on.

    A: synthetic documents with a topic shortcut. B: documents of emoji. C: simulation reports. D: real
    engineering documents, whose order is hidden. E: D with whole packages held out. P: C with copies of
    documents under other names, for mining.
    With --towers the methods are locked encoders, LoRA, bottleneck adapters and full training of either
    encoder or both, under the default objective.
    """
    import contextlib

    from flows.bench.data import MADE_OF, NAMES
    from flows.bench.methods import METHODS, methods_called
    from flows.bench.run import run_bench
    from flows.bench.towers import DATA, TOWERS
    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress

    if anomalies:
        return _anomalies(options, Path(location(out)), stamped=not plain)
    known = DATA if towers else NAMES
    wanted = [name.upper() for name in _names(data)] or list(DATA if towers else _DEFAULT)
    if not set(wanted) <= set(known):
        raise click.UsageError(f"--on is {data!r}: it names some of {', '.join(known)}.")
    prepared = dict(_named_dataset(told) for told in datasets)
    chosen = methods_called(_names(methods), TOWERS if towers else METHODS)
    if against is not None and against not in {method.name for method in chosen}:
        raise click.UsageError(
            f"--against is {against!r}: it is one of {', '.join(one.name for one in chosen)}."
        )
    built = ({MADE_OF.get(name, name) for name in wanted} & {"C", "D"}) - set(prepared)
    with ready_for_flows(options.debug) if built else contextlib.nullcontext(), shown_progress():
        result = run_bench(
            Path(location(out)),
            wanted,
            chosen,
            seeds=seeds,
            steps=steps,
            prepared=prepared,
            called="towers" if towers else "bench",
            against=against,
            progress=_told,
        )
    return Shown(result, "\n\n".join(_table(name, found) for name, found in result["data"].items()))


def _anomalies(options: Options, folder: Path, *, stamped: bool) -> Shown:
    """Build the reports of C with planted faults, rank their figures, and measure the ranking."""
    from flows.anomalies.rank import rank_anomalies
    from flows.bench.anomalies import measure_anomalies, planted_dataset
    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress
    from flows.cli.tables import text_table

    place = folder / "anomalies" / ("stamped" if stamped else "plain")
    with ready_for_flows(options.debug), shown_progress():
        dataset = planted_dataset(place, stamped=stamped)
    found = measure_anomalies(rank_anomalies(dataset)["figures"], place)
    rows = [
        [name, kind, *(area.get(column) for column in ("auroc", "low", "high", "figures"))]
        for kind, areas in (
            ("all", found["faults"]),
            ("swap", {"numbers tell siblings apart": found["told"], "they do not": found["untold"]}),
            ("swap", found["swaps"]),
        )
        for name, area in areas.items()
    ]
    table = text_table(("fault or figure", "of", "AUROC", "low", "high", "figures"), rows)
    text = f"{table}\n{found['figures']} figures, precision among the first {found['precision']:.3f}"
    return Shown(found, text)


def _names(told: str) -> list[str]:
    return [name.strip() for name in told.split(",") if name.strip()]


def _named_dataset(told: str) -> tuple[str, str]:
    name, _, dataset = told.partition("=")
    if name.upper() not in ("C", "D") or not dataset:
        raise click.UsageError(f"--dataset is {told!r}: it is C or D, an equals sign and a dataset.")
    return name.upper(), location(dataset)


def _told(done: int, total: int) -> None:
    from flows.watching import StageEvent, tell

    tell(StageEvent("bench", done, total))


def _table(name: str, found: Mapping[str, Any]) -> str:
    from flows.cli.tables import metrics_table, parts_table

    metrics = found["metrics"]
    blocks = []
    for group in ("untrained", "floor", "order-free", "order-aware", "ceiling"):
        rows = {row: figures for row, figures in metrics.items() if figures["group"] == group}
        if rows:
            blocks.append(f"{name}, {group}\n{metrics_table(rows, _COLUMNS)}")
    blocks += [
        f"{name}, {row}{_calibration(figures)}\n{parts_table(figures['parts'])}"
        for row, figures in metrics.items()
        if "parts" in figures
    ]
    best = ", ".join(row for row in found["best_baseline"].values() if row)
    blocks.append(
        f"{name}, the way from floor (0) to ceiling (1), and gain over {best}\n{_comparison(metrics)}"
    )
    if found["left_out"]:
        blocks.append(f"{name} has no tokens, which are read by: {', '.join(found['left_out'])}")
    return "\n\n".join([*blocks, *_slices(name, metrics)])


def _calibration(figures: Mapping[str, Any]) -> str:
    error = figures.get("calibration_error")
    return "" if error is None else f", calibration error {error:.3f}"


def _comparison(metrics: Mapping[str, Any]) -> str:
    from flows.cli.tables import text_table

    compared = {
        row: figures for row, figures in metrics.items() if figures.get("in_doc_auc_gain") is not None
    }
    # Where no links are known there is no ceiling.
    measured = any(figures["in_doc_auc_way"] is not None for figures in compared.values())
    titles = ["", *(("AUC", "p@1") if measured else ()), "AUC gain", "p@1 gain"]
    rows = []
    for row, figures in compared.items():
        ways = [figures[f"{number}_way"] for number in _COMPARED] if measured else []
        rows.append([row, *ways, *(_interval(figures, number) for number in _COMPARED)])
    return text_table(titles, rows)


def _interval(figures: Mapping[str, Any], number: str) -> str:
    gain, low, high = (figures[f"{number}_gain{end}"] for end in ("", "_low", "_high"))
    return f"{gain:+.3f}" if low is None else f"{gain:+.3f} [{low:+.3f}, {high:+.3f}]"


def _slices(name: str, metrics: Mapping[str, Any]) -> list[str]:
    """A table of AUC and one of p@1 with a column for each source, where there are several."""
    from flows.cli.tables import text_table

    sources = sorted(
        {part for row in metrics.values() for part in row["slices"] if part.startswith("source:")}
    )
    if len(sources) < 2:
        return []
    titles = ["", *(source.removeprefix("source:") for source in sources)]
    return [
        f"{name}, {_COLUMNS[number]} by source\n"
        + text_table(
            titles,
            [
                [row, *(figures["slices"].get(source, {}).get(number) for source in sources)]
                for row, figures in metrics.items()
            ],
        )
        for number in _COMPARED
    ]
