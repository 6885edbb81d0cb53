"""`looseleaf scale`: what more data, width or steps would bring."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("scale", short_help="What more data, width or steps would bring.")
@click.argument("dataset")
@click.option("--config", help="Training configuration of the largest size, a YAML file.")
@click.option("--out", default="looseleaf-scale", show_default=True, help="Folder of the results.")
@click.option("--axes", default="data,width,steps", show_default=True, help="What is varied, with commas.")
@click.option("--sizes", default=5, show_default=True, type=click.IntRange(2, 12), help="Of each axis.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 100), help="Of each size.")
@click.option("--steps", type=click.IntRange(1), help="Of the largest size, in place of the configuration's.")
@finish
def command(
    _options: Options,
    *,
    dataset: str,
    config: str | None,
    out: str,
    axes: str,
    sizes: int,
    seeds: int,
    steps: int | None,
) -> Shown:
    """Train on DATASET (or a folder of shards) at sizes that double, and predict the next one by a power law.

    With five sizes or more the law is also checked: fitted without the largest size, it predicts that one.
    A command that was stopped goes on.
    """
    from flows.cli.progress import shown_progress
    from flows.cli.tables import text_table
    from flows.lineage import newest_shards
    from flows.scale import AXES, run_scale
    from flows.watching import StageEvent, tell
    from storage.filesystem import exists, join
    from training.config import TrainConfig, load_config

    wanted = [axis for axis in AXES if axis in axes.split(",")]
    if not wanted or set(axes.split(",")) - set(AXES):
        raise click.UsageError(f"--axes is {axes!r}: it names some of {', '.join(AXES)}.")
    place = location(dataset)
    shards = place if exists(join(place, "index.json")) else newest_shards(place)
    told = load_config(location(config)) if config else TrainConfig()
    largest = told if steps is None else told.model_copy(update={"steps": steps})
    with shown_progress():
        result = run_scale(
            location(out),
            shards,
            largest,
            axes=wanted,
            sizes=sizes,
            seeds=seeds,
            progress=lambda done, total: tell(StageEvent("scale", done, total)),
        )
    rows = [
        _row(axis, measure, found)
        for axis, of_axis in result["axes"].items()
        for measure, found in of_axis["measures"].items()
    ]
    columns = ("axis", "measure", "sizes", "exponent", "largest, predicted", "measured", "next", "predicted")
    return Shown(result, text_table(columns, rows))


def _row(axis: str, measure: str, found: Mapping[str, Any]) -> list[Any]:
    sizes = sorted({point["size"] for point in found["points"]})
    span = f"{sizes[0]:g} to {sizes[-1]:g}"
    if "law" not in found:
        return [axis, measure, span, found["reason"], "", "", "", ""]
    check, following = found.get("check"), found["next"]
    return [
        axis,
        measure,
        span,
        f"{found['law']['exponent']:.2f}",
        _between(check) if check else "",
        f"{check['measured']:.3f}{'' if check['holds'] else ' (outside)'}" if check else "",
        f"{following['size']:g}",
        _between(following),
    ]


def _between(prediction: Mapping[str, float]) -> str:
    return f"{prediction['value']:.3f} [{prediction['low']:.3f}, {prediction['high']:.3f}]"
