"""What a stage of the pipeline is: a plan of chunks, and a function that turns one chunk into rows.

Both are plain functions, so that a stage can be tested with neither Ray nor Prefect; `pipeline.runner`
carries them out, here or on a cluster, and commits what they give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.recipe import Recipe


@dataclass(frozen=True)
class Chunk:
    """A piece of a stage's work, small enough to hold in memory; both mappings can be written as JSON.

    `inputs` are what shapes its output. `known` is what an earlier build found out: it saves work, and makes
    no other chunk of this one.
    """

    inputs: Mapping[str, Any]
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What every step of one build knows."""

    dataset: str
    recipe: Recipe
    build_id: str


@dataclass(frozen=True)
class Stage:
    """A stage: its name, the tables that it commits, and how it does its work.

    `plan` runs on the driver, streams, and gives the same chunks for the same inputs. `process` runs on a
    worker and is a pure function of its chunk and of the files that the chunk names; it returns rows by
    table, where a name that starts with `staging/` is kept beside the tables and never committed. `settings`
    is the part of the recipe that shapes the output: a change of it, of the code or of a chunk's inputs
    makes that chunk new. `cpus` is how many processors one chunk keeps busy: a model that computes on
    several is held in memory fewer times. `account` looks at what was committed, for the report of the stage.
    """

    name: str
    tables: tuple[str, ...]
    plan: Callable[[Context], Iterator[Chunk]]
    process: Callable[[Context, Chunk], Mapping[str, pa.Table]]
    settings: Callable[[Recipe], Mapping[str, Any]]
    cpus: int = 1
    account: Callable[[Context], Mapping[str, Any]] | None = None
