"""The stage that puts the locked encoders' vectors into the space of a trained run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from pipeline.clean.database import file_names
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.errors import LooseleafError
from training.checkpoint import checkpoint_steps
from training.run_encoder import RunModel, load_run, project_file


def _plan(context: Context) -> Iterator[Chunk]:
    mine = context.recipe.mine
    assert mine.run is not None
    _fitting(load_run(mine.run), context)
    told = {"run": mine.run, "encoder": mine.run_encoder, "step": checkpoint_steps(mine.run)[-1]}
    for name in file_names(context.dataset, "embeddings"):
        if name.startswith("embed-"):
            yield Chunk({**told, "file": name})


def _fitting(trained: RunModel, context: Context) -> None:
    mine = context.recipe.mine
    if trained.model.image_encoder is not None or trained.model.text_encoder is not None:
        raise LooseleafError(
            f"Run {mine.run} trained encoders of its own, and mining reads locked features: mine with a run "
            "that was trained on features."
        )
    read, held = (trained.image_encoder, trained.text_encoder), (mine.image_encoder, mine.text_encoder)
    if read != held:
        raise LooseleafError(
            f"Run {mine.run} reads {' and '.join(read)}, and {context.dataset} is embedded by "
            f"{' and '.join(held)}: train a run on it, or name the run's encoders in the recipe."
        )


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    return {"embeddings": project_file(chunk.inputs["run"], context.dataset, chunk.inputs["file"])}


def _settings(_recipe: Recipe) -> Mapping[str, Any]:
    # The run, its id and its step are in every chunk's inputs.
    return {}


#: Adds the run's vectors to `embeddings`, which keeps those of the locked encoders.
EMBED_RUN = Stage("embed_run", ("embeddings",), _plan, _process, _settings)
