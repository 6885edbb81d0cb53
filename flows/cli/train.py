"""`looseleaf train`: a training run."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("train", short_help="A Ray Train run.")
@click.argument("dataset")
@click.option("--config", help="Training configuration, a YAML file.")
@click.option("--out", help="The run: path or URL of a folder.  [default: DATASET-run]")
@click.option("--objective", help="What is learned from, by name, in place of the configuration's.")
@click.option("--steps", type=click.IntRange(1, 10_000_000), help="Steps, in place of the configuration's.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed, in place of the configuration's.")
@click.option(
    "--workers", type=click.IntRange(0, 1024), help="Ray Train workers, in place of the configuration's."
)
@click.option(
    "--min-workers",
    type=click.IntRange(1, 1024),
    help="Go on with as few when nodes are lost.  [default: all]",
)
@finish
def command(
    options: Options,
    *,
    dataset: str,
    config: str | None,
    objective: str | None,
    out: str | None,
    steps: int | None,
    seed: int | None,
    workers: int | None,
    min_workers: int | None,
) -> Shown:
    """Train on the shards of DATASET, or go on with a run that was interrupted."""
    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress
    from flows.params import TrainParams
    from training.objectives.named import named_objective

    if min_workers is not None and (workers is None or workers < min_workers):
        raise click.UsageError("--min-workers are fewer than --workers, or as many: give both.")
    place = location(dataset)
    params = TrainParams(
        dataset=place,
        run=location(out) if out else f"{place}-run",
        config=location(config) if config else None,
        objective=None if objective is None else named_objective(objective).name,
        steps=steps,
        seed=seed,
        workers=workers,
        min_workers=min_workers,
    )
    with ready_for_flows(options.debug), shown_progress():
        from flows.train import train

        result = train(params)
    return Shown({"run": params.run, **result}, f"Trained {params.run}")
