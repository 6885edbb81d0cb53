"""The embed stage: training's encoders in the form that the pipeline's runner carries out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from training.embed import EmbedSettings, embed_chunk, plan_embeddings


def _plan(context: Context) -> Iterator[Chunk]:
    mine = context.recipe.mine
    settings = EmbedSettings(
        image_encoder=mine.image_encoder,
        text_encoder=mine.text_encoder,
        image_tokens=mine.tokens.image,
        text_tokens=mine.tokens.text,
    )
    for inputs in plan_embeddings(context.dataset, settings):
        yield Chunk(inputs)


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    return embed_chunk(context.dataset, chunk.inputs)


def _settings(_recipe: Recipe) -> Mapping[str, Any]:
    # The encoders' names and versions are in every chunk's inputs.
    return {}


#: Writes `embeddings`, and `rejections` of images that an encoder cannot decode.
#: Two processors share one copy of the models.
EMBED = Stage("embed", ("embeddings", "rejections"), _plan, _process, _settings, cpus=2)
