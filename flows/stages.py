"""The stages of each flow, in order, and where the code of each one is."""

from __future__ import annotations

import importlib

from pipeline.stage import Stage

#: Module and name of every stage of the pipeline; a job imports only its own.
_STAGES = {
    "crawl": ("pipeline.crawl.stage", "CRAWL"),
    "extract": ("pipeline.extract.stage", "EXTRACT"),
    "fetch": ("pipeline.images.fetch", "FETCH"),
    "resolve": ("pipeline.images.resolve", "RESOLVE"),
    "images": ("pipeline.images.stage", "IMAGES"),
    "measure": ("pipeline.clean.measure", "MEASURE"),
    "words": ("pipeline.words.stage", "WORDS"),
    "clean": ("pipeline.clean.stage", "CLEAN"),
    "group": ("pipeline.group.stage", "GROUP"),
    "embed": ("flows.embed_stage", "EMBED"),
    "embed_run": ("flows.embed_run_stage", "EMBED_RUN"),
    "negatives": ("pipeline.mine.stage", "NEGATIVES"),
}

#: From sources to tables.
BUILD_STAGES = ("crawl", "extract", "fetch", "resolve", "images", "words", "measure", "clean", "group")

#: From tables to shards; `pack` writes no table, see `flows.work`.
MINE_STAGES = ("embed", "negatives", "pack")

#: The same, with negatives of a trained run's space.
RUN_MINE_STAGES = ("embed", "embed_run", "negatives", "pack")


def stage_called(name: str) -> Stage:
    """Return the pipeline's stage of that name.

    Raises:
        KeyError: if there is none.
    """
    module, attribute = _STAGES[name]
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, Stage)
    return found
