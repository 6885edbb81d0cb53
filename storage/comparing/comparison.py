"""What is different between two builds: what a comparison holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.comparing.recipes import Field
from storage.comparing.rows import Changes, Listed, in_all


@dataclass(frozen=True)
class Side:
    """One of the two builds."""

    build_id: str
    stage: str
    created_at: datetime
    code_version: str


@dataclass(frozen=True)
class Rows:
    """How many rows a table has in each build."""

    table: str
    a: int
    b: int


@dataclass(frozen=True)
class Killed:
    """How many units each build's rule dropped."""

    stage: str
    unit: str
    rule: str
    a: int
    b: int


@dataclass(frozen=True)
class Kept:
    """How many documents, or images, each build keeps."""

    a: int
    b: int


@dataclass(frozen=True)
class Encoded:
    """How many vectors each build has of an encoder."""

    modality: str
    encoder: str
    a: int
    b: int


@dataclass(frozen=True)
class Units:
    """Documents or images: those that came, went and are others, and those that rules now judge otherwise."""

    kept: Kept
    added: Listed
    removed: Listed
    changed: Listed
    newly_rejected: Listed
    no_longer_rejected: Listed

    @property
    def lists(self) -> tuple[Listed, ...]:
        """All of them."""
        return self.added, self.removed, self.changed, self.newly_rejected, self.no_longer_rejected


@dataclass(frozen=True)
class Comparison:
    """The differences from build `a` to build `b`."""

    dataset: str
    a: Side
    b: Side
    recipe: tuple[Field, ...]
    counts: tuple[Rows, ...]
    documents: Units
    elements: Mapping[str, Changes]  # by kind
    images: Units
    rejections: tuple[Killed, ...]  # of the rules whose count differs
    groups: Mapping[str, Changes]  # by kind
    embeddings: tuple[Encoded, ...]  # those that differ
    negatives: Mapping[str, Changes]  # by modality

    @property
    def is_empty(self) -> bool:
        """Whether both builds have the same content, recipe and code."""
        lists = [listed for units in (self.documents, self.images) for listed in units.lists]
        changes = in_all([*self.elements.values(), *self.groups.values(), *self.negatives.values()])
        return (
            not any(listed.total for listed in lists)
            and changes == Changes()
            and not (self.recipe or self.rejections or self.embeddings)
            and all(rows.a == rows.b for rows in self.counts)
            and self.a.code_version == self.b.code_version
        )
