"""The data of the bench: made once, kept under the output folder."""

from __future__ import annotations

from pathlib import Path

from flows.bench.real import write_recipe
from flows.bench.reports import write_reports_recipe
from flows.lineage import newest_shards
from storage.filesystem import exists, join

NAMES = ("A", "B", "C", "D", "E", "P")
#: Data that are made of another's.
MADE_OF = {"E": "D", "P": "C"}
#: Steps of a training: B has most documents and most things to tell apart.
STEPS = {name: 600 if name == "B" else 300 for name in NAMES}
_REPORTS = 200


def shards_of(name: str, folder: Path, prepared: str | None = None) -> str:
    """Return the shards of a data by its name, making them if they are not there.

    Args:
        name: A, B, C, D, E (D split by package) or P (C with planted duplicates); those from C on need
            `flows.calling.ready_for_flows` around the call.
        folder: of all data.
        prepared: a dataset, built and mined, to take as it is; of E and P the one that D and C take.

    Raises:
        LooseleafError: if a package cannot be had, or a stage of the pipeline fails.
    """
    place = folder / name
    # What is heavy is imported by the data that needs it.
    if name in MADE_OF:
        from flows.bench.by_package import write_by_package  # noqa: PLC0415
        from flows.bench.duplicates import write_with_duplicates  # noqa: PLC0415

        write = write_by_package if name == "E" else write_with_duplicates
        return write(shards_of(MADE_OF[name], folder, prepared), str(place / "shards"))
    if prepared is not None:
        return newest_shards(prepared)
    if name in ("C", "D"):
        return _built(place, _simulated(place) if name == "C" else write_recipe(place / "recipe.yaml"))
    shards = str(place / "shards")
    if exists(join(shards, "index.json")):
        return shards
    if name == "A":
        from flows.bench.synthetic import Synthetic, write_synthetic  # noqa: PLC0415

        return write_synthetic(shards, Synthetic())
    from flows.bench.emoji import write_emoji  # noqa: PLC0415

    return write_emoji(shards)


def _simulated(place: Path) -> Path:
    from flows.demo.simulation.generate import generate  # noqa: PLC0415

    generate(place / "reports", _REPORTS, stamped=True)
    return write_reports_recipe(place / "recipe.yaml", "simulated", place / "reports", "none")


def _built(place: Path, recipe: Path) -> str:
    # Flows import Prefect, which reads its settings once: they have been made by now.
    from flows.build import build  # noqa: PLC0415
    from flows.mine import mine  # noqa: PLC0415
    from flows.params import BuildParams, MineParams  # noqa: PLC0415

    dataset = str(place / "dataset")
    build(BuildParams(recipe=str(recipe), dataset=dataset))
    mine(MineParams(dataset=dataset))
    return newest_shards(dataset)
