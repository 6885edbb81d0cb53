"""Says in one sentence what is wrong with a recipe."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def explain(model: type[BaseModel], error: ValidationError) -> str:
    """Return one sentence about the first error: the field, the reason, the nearest legal name."""
    # An unknown field is the likeliest slip, and often the cause of a "missing" one.
    found = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")[0]
    place = tuple(found["loc"])
    field = ".".join(str(part) for part in _as_written(model, place)) or "the recipe"
    match found["type"]:
        case "extra_forbidden":
            return f"{field} is not a field; {_suggest(str(place[-1]), _fields_at(model, place[:-1]))}"
        case "missing":
            return f"{field} is missing; add it."
        case "union_tag_not_found":
            return f"{field} has no kind; add 'kind: files' or 'kind: web'."
        case "union_tag_invalid":
            legal = [str(tag).strip("'") for tag in str(found["ctx"]["expected_tags"]).split(", ")]
            return (
                f"{field}.kind cannot be {found['ctx']['tag']!r}; {_suggest(str(found['ctx']['tag']), legal)}"
            )
        case "literal_error":
            legal = [
                part.strip().strip("'")
                for part in str(found["ctx"]["expected"]).replace(" or ", ", ").split(",")
            ]
            return f"{field} cannot be {found['input']!r}; {_suggest(str(found['input']), legal)}"
        case "value_error":
            return f"{field} is wrong because {found['ctx']['error']}; correct it."
        case _:
            return f"{field} cannot be {_short(found['input'])}: {_lower_first(found['msg'])}; correct it."


def _suggest(written: str, legal: Sequence[str]) -> str:
    near = difflib.get_close_matches(written, legal, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"legal are {', '.join(legal)}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]


def _as_written(model: type[BaseModel], place: tuple[int | str, ...]) -> Iterator[int | str]:
    """Leave out the parts of a place that a user did not write: the tags of unions."""
    options: list[type[BaseModel]] = [model]
    for part in place:
        tagged = [option for option in options if _tag(option) == part]
        if tagged and len(options) > 1:
            options = tagged
            continue
        yield part
        if isinstance(part, str):
            options = [inner for option in options for inner in _models_of(option, part)]


def _fields_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    options: list[type[BaseModel]] = [model]
    for part in place:
        tagged = [option for option in options if _tag(option) == part]
        if tagged and len(options) > 1:
            options = tagged
        elif isinstance(part, str):
            options = [inner for option in options for inner in _models_of(option, part)]
    return list(dict.fromkeys(name for option in options for name in option.model_fields))


def _models_of(model: type[BaseModel], field: str) -> list[type[BaseModel]]:
    known = model.model_fields.get(field)
    return list(_models_in(known.annotation)) if known else []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _tag(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("kind")
    values = get_args(field.annotation) if field else ()
    return str(values[0]) if len(values) == 1 else None
