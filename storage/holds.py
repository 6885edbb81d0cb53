"""A hold keeps a vacuum from a build while somebody brings it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from storage.builds import Build
from storage.compare_and_swap import State, update_state
from storage.errors import LooseleafError
from storage.filesystem import join
from storage.tags import FOLDER, is_vacuumed

#: Whoever holds for longer has died.
_LONGEST = timedelta(days=1)


@contextmanager
def held(dataset: str, build: Build) -> Iterator[None]:
    """Keep a build from any vacuum for as long as the block runs.

    Raises:
        LooseleafError: if a vacuum has taken it.
    """
    folder, token = join(dataset, FOLDER), uuid.uuid4().hex

    def take(state: State) -> State:
        if is_vacuumed(state, build):
            raise LooseleafError(
                f"Build {build.build_id} of {dataset} is gone, because a vacuum has taken its files: "
                "choose another of `looseleaf versions`."
            )
        hold = {"build": build.build_id, "since": datetime.now(UTC).isoformat()}
        return {**state, "held": {**state.get("held", {}), token: hold}}

    def let_go(state: State) -> State:
        return {**state, "held": {key: hold for key, hold in state.get("held", {}).items() if key != token}}

    update_state(folder, take)
    try:
        yield
    finally:
        update_state(folder, let_go)


def held_builds(state: State) -> set[str]:
    """Return the ids of the builds that are held in a state."""
    oldest = datetime.now(UTC) - _LONGEST
    return {
        hold["build"]
        for hold in state.get("held", {}).values()
        if datetime.fromisoformat(hold["since"]) > oldest
    }
