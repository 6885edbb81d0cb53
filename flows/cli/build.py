"""`looseleaf build`: sources to tables."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location, one_line


@click.command("build", short_help="Sources to tables: crawl, extract, fetch, clean, group.")
@click.argument("recipe")
@click.option("--out", help="The dataset: path or URL.  [default: looseleaf-<the recipe's name>]")
@finish
def command(options: Options, recipe: str, out: str | None) -> Shown:
    """Bring the dataset of RECIPE, a YAML file, up to date; what is there already is not made again."""
    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress
    from flows.params import BuildParams
    from pipeline.recipe import load_recipe

    # A wrong recipe is said at once, before anything is started.
    name = load_recipe(recipe).name
    params = BuildParams(recipe=location(recipe), dataset=location(out or f"looseleaf-{name}"))
    with ready_for_flows(options.debug), shown_progress():
        from flows.build import build

        result = build(params)
    return Shown(result, one_line(f"Built {result['dataset']} ({result['build_id']})", result["counts"]))
