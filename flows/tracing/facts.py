"""What a lineage holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """Some of `total` things."""

    total: int = 0
    listed: tuple[Row, ...] = ()


@dataclass(frozen=True)
class BuildFacts:
    """A build: who made it, of what, with which code."""

    build_id: str
    stage: str
    created_at: datetime
    parent: str | None
    rolled_back_to: str | None
    flow_run: str | None
    code_version: str
    tags: tuple[str, ...]
    is_vacuumed: bool
    tables: Mapping[str, int]
    counts: Mapping[str, int]
    seconds: Mapping[str, float]  # by stage
    recipe: Mapping[str, Any]


@dataclass(frozen=True)
class SourceFacts:
    """A source of the recipe, and what came of it."""

    name: str
    kind: str
    place: str  # its root, or where a crawl began
    license: str | None
    documents: int
    kept: int
    images: int  # places in its documents


@dataclass(frozen=True)
class ShardFacts:
    """A folder of packed documents."""

    url: str
    build_id: str  # which the packing stood on
    is_there: bool
    documents: Mapping[str, int]  # by split
    blocks: Mapping[str, int]
    encoders: Mapping[str, str]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class RunFacts:
    """A run: its settings, and the documents that its steps saw."""

    run: str
    run_id: str
    created_at: str
    tags: tuple[str, ...]
    build_id: str
    config: Mapping[str, Any]
    encoders: Mapping[str, str]
    steps: Listed  # `step` and the ids of its `documents`
    samples: int  # documents that all steps saw, one counted as often as it was seen


@dataclass(frozen=True)
class UsedBy:
    """A run that learned from a build; `is_there` is None where its place cannot be reached from here."""

    run: str
    shards: str
    noted_at: datetime | None
    is_there: bool | None
    tags: tuple[str, ...]
    run_id: str | None
    times_seen: int | None  # how often it saw the document that was asked for


@dataclass(frozen=True)
class DocumentFacts:
    """A document of a build, from its source to its images and groups."""

    row: Row
    rejected_by: tuple[Row, ...]
    elements: Mapping[str, int]  # by kind
    groups: Mapping[str, int]  # by kind
    builds: tuple[str, ...]  # which hold it, oldest first


@dataclass(frozen=True)
class ImageFacts:
    """An image of a build: where it stands, where it was fetched, and what it is."""

    row: Row
    rejected_by: tuple[Row, ...]
    places: Listed  # in documents
    tries: tuple[Row, ...]  # to fetch it
    builds: tuple[str, ...]


@dataclass(frozen=True)
class Lineage:
    """Where something comes from, and what was made of it."""

    target: str
    kind: str  # run, shards, dataset, document or image
    dataset: str | None  # None when it is no longer where it was
    builds: tuple[BuildFacts, ...]  # the one that it stands on, then its parents
    run: RunFacts | None = None
    shards: ShardFacts | None = None
    sources: tuple[SourceFacts, ...] = ()
    document: DocumentFacts | None = None
    image: ImageFacts | None = None
    documents: Listed = Listed()
    images: Listed = Listed()
    runs: tuple[UsedBy, ...] = ()
