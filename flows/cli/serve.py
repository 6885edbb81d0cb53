"""`looseleaf serve`: the service and its deployments, until it is stopped."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.cli.shared import Options, Shown, finish, location

if TYPE_CHECKING:
    from flows.deployments import ServedRecipe

_PORT = click.IntRange(1, 65_535)


@click.command("serve", short_help="Prefect server, UI, deployments and their schedules, local Ray.")
@click.option(
    "--recipe", "recipes", multiple=True, help="A recipe to build on its schedule; may be given again."
)
@click.option(
    "--out",
    "datasets",
    multiple=True,
    help="The dataset of the recipe, path or URL; one for each recipe.  [default: looseleaf-<its name>]",
)
@click.option(
    "--trainings",
    type=click.IntRange(1, 1000),
    help="Trainings at once.  [default: as set in the pages, at first 1]",
)
@click.option(
    "--runs",
    type=click.IntRange(1, 1000),
    default=4,
    show_default=True,
    help="Flow runs at once, of any kind.",
)
@click.option("--prefect-port", type=_PORT, help="Port of Prefect's pages.  [default: 4200 if it is free]")
@click.option("--ray-port", type=_PORT, help="Port of Ray's dashboard.  [default: 8265 if it is free]")
@click.option(
    "--database",
    help="PostgreSQL for Prefect: postgresql://user:password@host/name.  [default: SQLite]",
)
@finish
def command(
    options: Options,
    *,
    recipes: tuple[str, ...],
    datasets: tuple[str, ...],
    trainings: int | None,
    runs: int,
    prefect_port: int | None,
    ray_port: int | None,
    database: str | None,
) -> Shown:
    """Start what is missing, offer the flows as deployments, and stay until SIGINT or SIGTERM.

    PREFECT_API_URL and RAY_ADDRESS, where they are set, name a server and a cluster to use instead.
    """
    from flows.serving import Serving, serve_until_stopped

    serving = Serving(
        recipes=served(recipes, datasets),
        trainings=trainings,
        runs=runs,
        prefect_port=prefect_port,
        ray_port=ray_port,
        database=database,
    )
    addresses = serve_until_stopped(serving, options.debug)
    return Shown({"prefect": addresses.prefect, "ray": addresses.ray, "pages": addresses.pages}, "Stopped.")


def served(recipes: tuple[str, ...], datasets: tuple[str, ...]) -> tuple[ServedRecipe, ...]:
    """Return recipes with their datasets.

    Raises:
        LooseleafError: if a recipe is wrong, two have one name or one dataset, or datasets do not match.
    """
    from flows.deployments import ServedRecipe
    from pipeline.recipe import load_recipe
    from storage.errors import LooseleafError

    if datasets and len(datasets) != len(recipes):
        raise LooseleafError(
            f"There are {len(datasets)} --out for {len(recipes)} --recipe: give one for each, or none."
        )
    found: list[ServedRecipe] = []
    for place, recipe in zip(recipes, map(load_recipe, recipes), strict=True):
        out = datasets[len(found)] if datasets else f"looseleaf-{recipe.name}"
        found.append(ServedRecipe(location(place), recipe, location(out)))
    for values in ([each.recipe.name for each in found], [each.dataset for each in found]):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise LooseleafError(
                f"Two recipes are for {twice[0]}: give each a name and a dataset of its own."
            )
    if any(each.recipe.name == "local" for each in found):
        raise LooseleafError(
            "A recipe cannot be served under the name local, which all deployments have: give it another."
        )
    return tuple(found)
