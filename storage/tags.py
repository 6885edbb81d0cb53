"""Tags: names for builds of a dataset and for runs trained on it, kept within the dataset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from storage.builds import Build, get_build
from storage.compare_and_swap import State, read_state, update_state
from storage.errors import LooseleafError
from storage.filesystem import join

Kind = Literal["build", "run"]

#: What the newest build is called, and so no tag.
LATEST = "latest"
#: Where the state is, within the dataset.
FOLDER = "tags"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Tag:
    """A name and what it stands for."""

    name: str
    kind: Kind
    target: str  # a build's id, or a run's path or URL
    set_at: datetime  # with a time zone
    note: str = ""  # why, for a person


def set_tag(
    dataset: str,
    name: str,
    target: str,
    kind: Kind = "build",
    *,
    force: bool = False,
    replaces: Tag | None = None,
    note: str = "",
) -> Tag:
    """Give `target` a name, and return the tag; the same name for the same target changes nothing.

    A name that stands for something else moves with `force`, or with `replaces`, and then only from that very
    tag: two promotions at once cannot both replace what they compared with.

    Args:
        dataset: path or URL.
        name: letters, digits, `.`, `_` and `-`, at most 64.
        target: the id of a build (see `storage.references.resolve_build`), or the path or URL of a run.
        kind: which of the two it is.
        force: take the name from whatever it stands for.
        replaces: the tag, as it was read, that the name is taken from; None without `force`: it must be new.
        note: why, for a person.

    Raises:
        LooseleafError: if the name is not allowed or stands for something else, or there is no such build, or
            a vacuum has taken it.
    """
    check_name(name)
    build = get_build(dataset, target) if kind == "build" else None
    tag = Tag(name, kind, target, datetime.now(UTC), note)

    def change(state: State) -> State:
        tags = tags_in(state)
        known = tags.get(name)
        if known is not None and (known.kind, known.target) == (kind, target):
            return state
        if not force and known != replaces:
            raise _taken(dataset, name, known)
        if build is not None and is_vacuumed(state, build):
            raise LooseleafError(
                f"Build {target} of {dataset} cannot be tagged because a vacuum has taken its files: "
                "choose another of `looseleaf versions`."
            )
        return {**state, "tags": {**state.get("tags", {}), name: _plain(tag)}}

    return tags_in(update_state(join(dataset, FOLDER), change))[name]


def delete_tag(dataset: str, name: str) -> Tag:
    """Take a name away, and return the tag that it was; what it stood for stays.

    Raises:
        LooseleafError: if there is no such tag.
    """
    gone: list[Tag] = []

    def change(state: State) -> State:
        tags = tags_in(state)
        if name not in tags:
            known = ", ".join(sorted(tags)) or "none yet"
            raise LooseleafError(f"Dataset {dataset} has no tag {name!r}: choose one of its tags ({known}).")
        gone[:] = [tags[name]]
        return {**state, "tags": {key: value for key, value in state["tags"].items() if key != name}}

    update_state(join(dataset, FOLDER), change)
    return gone[0]


def read_tags(dataset: str) -> dict[str, Tag]:
    """Return the tags of a dataset by name, in the order of their names."""
    return tags_in(read_state(join(dataset, FOLDER)))


def is_vacuumed(state: State, build: Build) -> bool:
    """Say whether a state says that a vacuum has taken this build; one that was made again is another."""
    vacuumed: Mapping[str, str] = state.get("vacuumed", {})
    return vacuumed.get(build.build_id) == build.created_at.isoformat()


def check_name(name: str) -> None:
    """Check that a tag may be called so.

    Raises:
        LooseleafError: if it may not.
    """
    if name == LATEST:
        raise LooseleafError(f"No tag can be called {name!r}, which means the newest build: choose another.")
    if not _NAME.fullmatch(name) or _ID.fullmatch(name):
        raise LooseleafError(
            f"No tag can be called {name!r}: use up to 64 letters, digits, '.', '_' and '-', beginning with "
            "a letter or a digit, and nothing that looks like a build's id."
        )


def _taken(dataset: str, name: str, known: Tag | None) -> LooseleafError:
    if known is None:
        return LooseleafError(f"Tag {name} of {dataset} was deleted meanwhile: look again, then set it.")
    return LooseleafError(
        f"Tag {name} of {dataset} stands for {known.kind} {known.target} already: "
        "give --force to move it, or choose another name."
    )


def tags_in(state: State) -> dict[str, Tag]:
    """Return the tags of a state by name, in the order of their names."""
    tags: Mapping[str, Mapping[str, Any]] = state.get("tags", {})
    return {
        name: Tag(name, **{**tags[name], "set_at": datetime.fromisoformat(tags[name]["set_at"])})
        for name in sorted(tags)
    }


def _plain(tag: Tag) -> dict[str, str]:
    values = asdict(tag)
    del values["name"]
    return {**values, "set_at": tag.set_at.isoformat()}
