"""The stage `clean`: asks each rule in turn, and writes a rejection for every unit that it drops.

Afterwards every document is kept or rejected, and every reference to an image is kept, rejected or missing:
see `storage.queries`, whose views count them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.clean.database import file_names, open_database
from pipeline.clean.measures import load_measures, measure_images
from pipeline.clean.rules import Rule, document_rules, image_rules
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.schemas import REJECTIONS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: The stages whose rejections are already decided when this one begins.
EARLIER_STAGES = ("crawl", "extract", "fetch", "resolve", "images")

_REJECTIONS = """
    CREATE TABLE rejected (
        stage VARCHAR, unit VARCHAR, unit_id VARCHAR, source VARCHAR, rule VARCHAR,
        value DOUBLE, threshold DOUBLE, detail VARCHAR
    )
"""


def _plan(context: Context) -> Iterator[Chunk]:
    tables = {table: file_names(context.dataset, table) for table in ("documents", "elements", "images")}
    earlier = tuple(f"{stage}-" for stage in EARLIER_STAGES)
    rejections = [name for name in file_names(context.dataset, "rejections") if name.startswith(earlier)]
    # One chunk: what is a duplicate, or stands in too many documents, shows only over all of them.
    yield Chunk({**tables, "rejections": rejections})


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    settings = context.recipe.clean
    with open_database() as connection:
        load_measures(connection, context.dataset, chunk.inputs)
        connection.execute(_REJECTIONS)
        for rule in document_rules(settings):
            _ask(connection, rule)
        measure_images(connection)
        for rule in image_rules(settings):
            _ask(connection, rule)
        rows = connection.sql("SELECT * FROM rejected ORDER BY unit, rule, unit_id").to_arrow_table()
        return {"rejections": rows.cast(REJECTIONS)}


def _ask(connection: DuckDBPyConnection, rule: Rule) -> None:
    """Add what `rule` drops to `rejected` and to `dropped`."""
    decide = f"""
        INSERT INTO rejected
        SELECT 'clean', $unit, unit_id, source, $rule, value, $threshold,
               replace($detail, '{{value}}', format('{{:.6g}}', value::DOUBLE))
        FROM ({rule.measure}) WHERE NOT value {rule.keep} $threshold
    """  # noqa: S608 (the queries are our own; values are bound)
    connection.execute(
        decide,
        {"unit": rule.unit, "rule": rule.name, "threshold": float(rule.threshold), "detail": rule.detail},
    )
    connection.execute(
        "INSERT INTO dropped SELECT unit, unit_id FROM rejected WHERE unit = $unit AND rule = $rule"
        " AND unit_id NOT IN (SELECT unit_id FROM dropped WHERE unit = $unit)",
        {"unit": rule.unit, "rule": rule.name},
    )


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return recipe.clean.model_dump(mode="json")


#: Writes `rejections` of documents, images and references to images.
CLEAN = Stage(name="clean", tables=("rejections",), plan=_plan, process=_process, settings=_settings)
