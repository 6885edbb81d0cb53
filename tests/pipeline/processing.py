"""Runs a stage as plain functions: its plan through JSON and back, its rows as the tables have them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from pipeline.stage import ITEM, Chunk, Context, Item, Stage


def through_json(chunk: Chunk) -> Chunk:
    """Return a chunk as JSON gives it back, which has to be equal."""
    again = json.loads(json.dumps({"inputs": dict(chunk.inputs), "known": dict(chunk.known)}))
    items = [Item(**json.loads(json.dumps(asdict(item)))) for item in chunk.items]
    assert again["inputs"] == chunk.inputs
    assert items == list(chunk.items)
    return Chunk(again["inputs"], again["known"], items)


def process(stage: Stage, context: Context, chunk: Chunk) -> dict[str, pa.Table]:
    """Return the rows of a chunk as they come into the tables."""
    return {
        name: table.drop_columns([ITEM]) if ITEM in table.column_names else table
        for name, table in stage.process(context, chunk).items()
    }


def process_all(stage: Stage, context: Context) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all chunks of a stage."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for chunk in stage.plan(context):
        for name, table in process(stage, context, through_json(chunk)).items():
            rows[name] += table.to_pylist()
    return rows
