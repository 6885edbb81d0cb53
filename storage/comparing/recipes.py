"""What is different in two recipes, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A setting by its path, such as `clean.preset` or `sources[wiki].max_pages`; None where it is unset."""

    field: str
    a: Any
    b: Any


def changed_fields(a: str, b: str) -> tuple[Field, ...]:
    """Return the settings that differ between two recipes (JSON), in the order of their paths.

    Things in a list that have names, such as sources, are told apart by these.
    """
    of_a, of_b = dict(_leaves(json.loads(a), "")), dict(_leaves(json.loads(b), ""))
    return tuple(
        Field(path, of_a.get(path), of_b.get(path))
        for path in sorted(of_a.keys() | of_b.keys())
        if of_a.get(path) != of_b.get(path)
    )


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif (
        isinstance(value, list) and value and all(isinstance(one, Mapping) and "name" in one for one in value)
    ):
        for one in value:
            yield from _leaves(one, f"{path}[{one['name']}]")
    else:
        yield path, value


def _has_name(value: object) -> bool:
    return isinstance(value, Mapping) and "name" in value
