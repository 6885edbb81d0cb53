"""What a stage of the pipeline is: a plan of chunks, and a function that turns one chunk into rows.

Both are plain functions, so that a stage can be tested with neither Ray nor Prefect; `pipeline.runner`
carries them out, here or on a cluster, and commits what they give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.recipe import Recipe

#: A column that tells whose a row is: the number of its item within the chunk. No table keeps it.
ITEM = "_item"


@dataclass(frozen=True)
class Item:
    """A piece of a chunk whose rows depend on nothing else in it: a document, an image.

    A later build takes them over if it meets the item again, in whatever chunk. All mappings can be written
    as JSON.

    Attributes:
        name: what it is called: a document's id, an image's.
        inputs: with the chunk's inputs, what shapes its rows.
        place: where it is found now, which shapes nothing.
        told: what later stages may go by instead of all its inputs; it has to follow from them.
        unit: what such things are called, for the report.
    """

    name: str
    inputs: Mapping[str, Any]
    place: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    unit: str = "documents"


@dataclass(frozen=True)
class Chunk:
    """A piece of a stage's work, small enough to hold in memory; its mappings can be written as JSON.

    `inputs` are what shapes its output, together with those of its `items`, if it has some. `known` is what
    an earlier build or an earlier stage found out: it saves work or says where things are, and makes no other
    chunk of this one.
    """

    inputs: Mapping[str, Any]
    known: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[Item] = ()


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
    table, where a name that starts with `staging/` is kept beside the tables and never committed. Of a chunk
    with items it is given those that are new, and what it returns has the column `ITEM` (see `with_items`).
    `settings` is the part of the recipe that shapes the output: a change of it, of the code or of a chunk's
    inputs makes that chunk new. `cpus` is how many processors one chunk keeps busy: a model that computes on
    several is held in memory fewer times. `account` looks at what was committed, for the report of the stage.
    """

    name: str
    tables: tuple[str, ...]
    plan: Callable[[Context], Iterator[Chunk]]
    process: Callable[[Context, Chunk], Mapping[str, pa.Table]]
    settings: Callable[[Recipe], Mapping[str, Any]]
    cpus: int = 1
    account: Callable[[Context], Mapping[str, Any]] | None = None


def with_items(rows: pa.Table, numbers: Sequence[int] | npt.NDArray[np.integer]) -> pa.Table:
    """Return rows with the column `ITEM`: the number of each row's item within the chunk."""
    return rows.append_column(ITEM, pa.array(numbers, pa.int32()))
