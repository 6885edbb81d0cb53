"""Loose sets of images and texts: a whole document, its sections, and a window around each image."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from pipeline.group.prior import layout_prior
from pipeline.group.units import Unit
from pipeline.recipe import GroupSettings


@dataclass(frozen=True)
class Group:
    """M images and N texts of one document, by position; `prior` is M x N and its rows sum to one."""

    kind: str
    images: tuple[int, ...]
    texts: tuple[int, ...]
    prior: npt.NDArray[np.float32]


def groups_of(units: Sequence[Unit], settings: GroupSettings, is_case: bool = False) -> list[Group]:
    """Return the groups of one document.

    Groups of kind `document` are always made, for they are what is embedded and trained on: together they
    hold every unit exactly once, also when there are only images, only texts or neither. Sections and windows
    hold at least one of each. What exceeds the most images or texts of a group becomes several groups, one
    after the other.

    Args:
        units: the document's units in reading order.
        settings: kinds and limits.
        is_case: whether the document is a folder, whose files have no order: a group `case` holds all of it,
            and its prior knows only which texts stand with an image in one file.
    """
    groups = [_group("document", part, settings) for part in _parts(units, settings)]
    if "section" in settings.kinds:
        groups += _with_both("section", _sections(units), settings)
    if "window" in settings.kinds:
        groups += _with_both("window", _windows(units, settings.window), settings)
    if is_case and "case" in settings.kinds:
        groups += _with_both("case", iter([units]), settings)
    return groups


def group_id(kind: str, doc_id: str, images: Sequence[int], texts: Sequence[int]) -> str:
    """Return the name of a group, which follows from its members: 32 hexadecimal digits."""
    members = f"{kind}\0{doc_id}\0{list(images)}\0{list(texts)}"
    return hashlib.sha256(members.encode()).hexdigest()[:32]


def _with_both(kind: str, sets: Iterator[Sequence[Unit]], settings: GroupSettings) -> list[Group]:
    found = [_group(kind, part, settings) for units in sets for part in _parts(units, settings)]
    # Two images side by side can have the same window.
    distinct = {(group.images, group.texts): group for group in found if group.images and group.texts}
    return list(distinct.values())


def _sections(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    for _, section in groupby(units, key=lambda unit: unit.section):
        yield list(section)


def _windows(units: Sequence[Unit], size: int) -> Iterator[Sequence[Unit]]:
    """Give, for each image, the `size` units around it; at the document's ends the window moves inwards."""
    for index, unit in enumerate(units):
        if unit.is_image:
            start = max(0, min(index - size // 2, len(units) - size))
            yield units[start : start + size]


def _parts(units: Sequence[Unit], settings: GroupSettings) -> Iterator[Sequence[Unit]]:
    """Cut `units` into runs within the limits; no units are one empty run."""
    part: list[Unit] = []
    images = texts = 0
    for unit in units:
        images, texts = images + unit.is_image, texts + (not unit.is_image)
        if images > settings.max_images or texts > settings.max_texts:
            yield part
            part, images, texts = [], int(unit.is_image), int(not unit.is_image)
        part.append(unit)
    yield part


def _group(kind: str, units: Sequence[Unit], settings: GroupSettings) -> Group:
    images = [unit for unit in units if unit.is_image]
    texts = [unit for unit in units if not unit.is_image]
    return Group(
        kind=kind,
        images=tuple(unit.position for unit in images),
        texts=tuple(unit.position for unit in texts),
        prior=layout_prior(images, texts, math.inf if kind == "case" else settings.prior_scale),
    )
