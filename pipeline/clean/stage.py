"""The stage `clean`: asks each rule in turn, and writes a rejection for every unit that it drops.

It decides by what the stage `measure` stored, so that another threshold costs no look at texts or pictures.

Afterwards every document is kept or rejected, and every reference to an image is kept, rejected or missing:
see `storage.queries`, whose views count them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.clean.database import file_names, open_database
from pipeline.clean.measures import (
    TABLES,
    count_kept_images,
    load_measures,
    measure_documents,
    measure_images,
)
from pipeline.clean.near_documents import reject_near_documents
from pipeline.clean.near_images import reject_near_images
from pipeline.clean.rules import (
    Rule,
    closing_rules,
    count_rules,
    document_rules,
    element_rules,
    image_rules,
)
from pipeline.recipe import CleanSettings, Recipe
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
    tables = {table: file_names(context.dataset, table) for table in TABLES}
    earlier = tuple(f"{stage}-" for stage in EARLIER_STAGES)
    rejections = [name for name in file_names(context.dataset, "rejections") if name.startswith(earlier)]
    # One chunk: what is a duplicate, or stands in too many documents, shows only over all of them.
    yield Chunk({**tables, "rejections": rejections})


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    with open_database() as connection:
        load_measures(connection, context.dataset, chunk.inputs)
        connection.execute(_REJECTIONS)
        _decide(connection, context.recipe.clean)
        rows = connection.sql("SELECT * FROM rejected ORDER BY unit, rule, unit_id").to_arrow_table()
        return {"rejections": rows.cast(REJECTIONS)}


def _decide(connection: DuckDBPyConnection, settings: CleanSettings) -> None:
    """Fill `rejected`: texts, then documents by their text, images, documents by their images."""
    for rule in element_rules(settings):
        _ask(connection, rule)
    measure_documents(connection)
    for rule in document_rules(settings):
        _ask(connection, rule)
    if settings.document_near_duplicates is not None:
        reject_near_documents(connection, settings.document_near_duplicates)
        _drop(connection, "document", "near_duplicate")
    measure_images(connection)
    for rule in image_rules(settings):
        _ask(connection, rule)
    if settings.image_near_duplicates is not None:
        reject_near_images(connection, settings.image_near_duplicates)
        _drop(connection, "image", "near_duplicate")
    count_kept_images(connection)
    for rule in count_rules(settings):
        _ask(connection, rule)
    # Documents may have gone since.
    measure_images(connection)
    for rule in closing_rules():
        _ask(connection, rule)


def _ask(connection: DuckDBPyConnection, rule: Rule) -> None:
    """Add what `rule` drops to `rejected` and to `dropped`."""
    decide = f"""
        INSERT INTO rejected
        SELECT 'clean', $unit, unit_id, source, $rule, value, $threshold,
               replace($detail, '{{value}}', format('{{:.6g}}', value::DOUBLE))
        FROM ({rule.measure}) WHERE NOT value {rule.keep} $threshold
    """  # noqa: S608 (the queries are our own; values are bound)
    values: dict[str, Any] = {
        "unit": rule.unit,
        "rule": rule.name,
        "threshold": float(rule.threshold),
        "detail": rule.detail,
    }
    if rule.listed is not None:
        values["listed"] = list(rule.listed)
    connection.execute(decide, values)
    _drop(connection, rule.unit, rule.name)


def _drop(connection: DuckDBPyConnection, unit: str, rule: str) -> None:
    """Add to `dropped` what a rule has rejected."""
    connection.execute(
        "INSERT INTO dropped SELECT unit, unit_id FROM rejected WHERE unit = $unit AND rule = $rule"
        " AND unit_id NOT IN (SELECT unit_id FROM dropped WHERE unit = $unit)",
        {"unit": unit, "rule": rule},
    )


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    # Masks and removals are the work of earlier stages.
    return recipe.clean.model_dump(mode="json", exclude={"preset", "mask", "removals"})


#: Writes `rejections` of texts, documents, images and references to images.
CLEAN = Stage(name="clean", tables=("rejections",), plan=_plan, process=_process, settings=_settings)
