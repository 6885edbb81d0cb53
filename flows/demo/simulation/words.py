"""Paragraphs from the wordings and the facts of a case."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.resources import files
from random import Random
from string import Formatter
from typing import Any


@functools.cache
def wordings() -> dict[str, dict[str, list[str]]]:
    """Return for each kind of figure its `first` and `then` sentences."""
    return _yaml("wording.yaml")


@functools.cache
def notes() -> dict[str, Any]:
    """Return notes, names, headings, file names and alternative texts."""
    return _yaml("notes.yaml")


def _yaml(name: str) -> Any:
    import yaml  # noqa: PLC0415

    return yaml.safe_load((files(__package__) / name).read_text(encoding="utf-8"))


def fits(sentence: str, facts: Mapping[str, str]) -> bool:
    """Return whether every fact that `sentence` quotes is known."""
    return all(field is None or field in facts for _, field, _, _ in Formatter().parse(sentence))


def paragraph(figure: str, facts: Mapping[str, str], rng: Random, used: set[str]) -> str | None:
    """Return a paragraph about `figure`, or None when every wording is used or lacks a fact.

    Args:
        figure: the kind of figure.
        facts: what the study knows.
        rng: chooses the sentences.
        used: sentences of this report so far; the chosen ones are added.
    """
    choice = wordings()[figure]
    first = [s for s in choice["first"] if s not in used and fits(s, facts)]
    then = [s for s in choice["then"] if s not in used and fits(s, facts)]
    if not first:
        return None
    sentences = [rng.choice(first), *rng.sample(then, min(len(then), rng.choice((0, 1, 1, 2))))]
    used.update(sentences)
    if len(sentences) > 1 and rng.random() < 0.2:
        sentences[0], sentences[1] = sentences[1], sentences[0]
    return " ".join(sentences).format_map(facts)


def note(facts: Mapping[str, str], rng: Random, used: set[str]) -> str:
    """Return a paragraph that belongs to no figure."""
    words = notes()
    sentence = rng.choice([s for s in words["notes"] if s not in used])
    used.add(sentence)
    person, other = rng.sample(words["people"], 2)
    known = {
        "person": person,
        "person_b": other,
        "customer": rng.choice(words["customers"]),
        "month": rng.choice(words["months"]),
        "date": f"{rng.randint(1, 28)} {rng.choice(words['months'])}",
        "seconds": str(rng.randint(3, 90)),
        "room": str(rng.randint(101, 499)),
    }
    return sentence.format_map({**known, **facts})
