"""`looseleaf versions`: the builds of a dataset."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from typing import Any

import click

from flows.cli.shared import Options, Shown, finish, location

#: The counts that tell a person most.
_TOLD = ("documents", "images", "groups", "negatives")


@click.command("versions", short_help="The builds of a dataset, newest first.")
@click.argument("dataset")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Builds to list.")
@finish
def command(_options: Options, *, dataset: str, limit: int) -> Shown:
    """List the builds of DATASET: what each was made of and has, its tags, and whether it is still there."""
    from flows.cli.tables import text_table
    from storage.builds import list_builds
    from storage.compare_and_swap import read_state
    from storage.errors import LooseleafError
    from storage.filesystem import join
    from storage.tags import FOLDER, is_vacuumed, tags_in

    place = location(dataset)
    builds = list_builds(place)
    if not builds:
        raise LooseleafError(
            f"Dataset {dataset} has no builds: check the path, or make one with `looseleaf build`."
        )
    state = read_state(join(place, FOLDER))
    tags = [tag for tag in tags_in(state).values() if tag.kind == "build"]
    found: list[dict[str, Any]] = [
        {
            "build_id": build.build_id,
            "reference": f"latest~{back}" if back else "latest",
            "stage": build.stage,
            "created_at": build.created_at.isoformat(),
            "parent": build.parent,
            "rolled_back_to": build.rolled_back_to,
            "tags": [tag.name for tag in tags if tag.target == build.build_id],
            "vacuumed": is_vacuumed(state, build),
            "code_version": build.code_version,
            "flow_run": build.flow_run,
            "counts": dict(build.counts),
        }
        for back, build in enumerate(reversed(builds))
    ]
    rows = [
        [
            one["build_id"],
            one["created_at"][:16].replace("T", " "),
            _stage(one),
            one["parent"] or "",
            *(one["counts"].get(name, "") for name in _TOLD),
            ", ".join([*(["latest"] if one["reference"] == "latest" else []), *one["tags"]])
            or ("vacuumed" if one["vacuumed"] else ""),
        ]
        for one in found[:limit]
    ]
    text = text_table(["build", "made (UTC)", "stage", "parent", *_TOLD, "tags"], rows)
    if len(found) > limit:
        text += f"\n... and {len(found) - limit} earlier (--limit)"
    return Shown({"dataset": place, "total": len(found), "builds": found[:limit]}, text)


def _stage(build: dict[str, Any]) -> str:
    back = build["rolled_back_to"]
    return f"{build['stage']}, back to {back}" if back else str(build["stage"])
