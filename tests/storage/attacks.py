"""Queries that want what a query must not have, for every way in which one can be asked."""

from __future__ import annotations

from pathlib import Path

#: Each with a word of why it is refused. `{secret}`, `{parquet}` and `{outside}` are a text, a Parquet
#: file and a folder beside the dataset; `{inside}` is one of the dataset, `{target}` one that must not be.
ATTACKS = (
    # Other files.
    ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
    ("SELECT * FROM read_text('/etc/passwd')", "disabled"),
    ("SELECT * FROM read_blob('/etc/passwd')", "disabled"),
    ("SELECT * FROM read_json('/etc/passwd')", "disabled"),
    ("SELECT * FROM read_text('/proc/self/environ')", "disabled"),
    ("SELECT * FROM read_text('{secret}')", "disabled"),
    ("SELECT * FROM read_parquet('{parquet}')", "disabled"),
    ("SELECT * FROM parquet_schema('{parquet}')", "disabled"),
    ("SELECT * FROM sniff_csv('{secret}')", "disabled"),
    ("SELECT * FROM glob('{outside}/*')", "disabled"),
    ("SELECT * FROM glob('/**')", "disabled"),
    ("SELECT * FROM '/etc/passwd'", "no table or view"),
    ("SELECT * FROM '{parquet}'", "disabled"),
    ("SELECT * FROM read_text('{inside}/../../../secret.txt')", "disabled"),
    ("SELECT * FROM read_parquet('file://{parquet}')", "disabled"),
    ("SELECT * FROM read_parquet(['{inside}', '{parquet}'])", "disabled"),
    ("SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')", "disabled"),
    ("SELECT (SELECT content FROM read_text('{secret}'))", "disabled"),
    ("WITH x AS (SELECT * FROM read_text('{secret}')) SELECT * FROM x", "disabled"),
    ("SELECT * FROM json_execute_serialized_sql("
     "json_serialize_sql('SELECT * FROM read_text(''{secret}'')'))", "disabled"),
    ("SELECT getenv('HOME')", "does not exist"),
    # Other machines.
    ("SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')", "disabled"),
    ("SELECT * FROM read_text('https://127.0.0.1:9/x')", "disabled"),
    ("SELECT * FROM 's3://bucket/x.parquet'", "disabled"),
    # Writing.
    ("COPY documents TO '{target}'", "one SELECT"),
    ("COPY (SELECT 1) TO '{target}' (FORMAT parquet)", "one SELECT"),
    ("COPY documents FROM '{secret}'", "one SELECT"),
    ("EXPORT DATABASE '{target}'", "one SELECT"),
    ("EXPLAIN ANALYZE COPY documents TO '{target}'", "one SELECT"),
    ("CREATE TABLE t AS SELECT 1", "one SELECT"),
    ("CREATE OR REPLACE VIEW documents AS SELECT 1", "one SELECT"),
    ("CREATE MACRO count(x) AS 1", "one SELECT"),
    ("CREATE PERSISTENT SECRET s (TYPE s3)", "one SELECT"),
    ("DROP VIEW documents", "one SELECT"),
    ("INSERT INTO documents VALUES (1)", "one SELECT"),
    ("UPDATE documents SET title = ''", "one SELECT"),
    ("DELETE FROM documents", "one SELECT"),
    ("ALTER VIEW documents RENAME TO x", "one SELECT"),
    ("CHECKPOINT", "one SELECT"),
    ("VACUUM", "one SELECT"),
    ("BEGIN", "one SELECT"),
    # Other databases, other code, other settings.
    ("ATTACH '{target}' AS other", "one SELECT"),
    ("DETACH memory", "one SELECT"),
    ("USE memory.main", "one SELECT"),
    ("INSTALL httpfs", "one SELECT"),
    ("LOAD httpfs", "one SELECT"),
    ("LOAD '{target}'", "one SELECT"),
    ("SET enable_external_access = true", "one SELECT"),
    ("SET memory_limit = '1TB'", "one SELECT"),
    ("RESET lock_configuration", "one SELECT"),
    ("PRAGMA enable_profiling", "one SELECT"),
    ("CALL enable_logging()", "one SELECT"),
    ("SELECT * FROM enable_logging()", "locked"),
    ("PREPARE p AS SELECT 1", "one SELECT"),
    ("EXECUTE p", "one SELECT"),
    # More than one.
    ("SELECT 1; COPY documents TO '{target}'", "one SELECT"),
    ("SELECT 1; SELECT 2", "one SELECT"),
    ("SELECT 1 /* ; */; DROP VIEW documents --", "one SELECT"),
    ("", "one SELECT"),
    (";", "one SELECT"),
    ("-- nothing", "one SELECT"),
)  # fmt: skip

#: What would run for ever.
ENDLESS = (
    "SELECT sum(a.range * b.range + c.range) FROM range(1000000) a, range(1000000) b, range(1000000) c",
    "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r",
    "SELECT a.range FROM range(1000000) a, range(1000000) b, range(1000000) c",  # an answer without end
    "SELECT count(*) FROM elements a, elements b, elements c, range(1000000) d, range(1000000) e",
)

#: What would take all memory.
GREEDY = (
    "SELECT length(repeat('x', 4000000000))",
    "SELECT list_sum(range(1000000000))",
    "SELECT string_agg(repeat('x', 1000000), '') FROM range(100000)",
    "WITH RECURSIVE r AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r",
    "SELECT list(repeat('x', 1000)) FROM range(10000000)",
    "SELECT repeat('xy', 1000000000) FROM range(10)",
)


def written_out(sql: str, dataset: Path) -> str:
    """Return an attack with the paths of a dataset; what lies beside it is made."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    outside = dataset.parent
    (outside / "secret.txt").write_text("a secret")
    pq.write_table(pa.table({"secret": [1]}), outside / "secret.parquet")
    return sql.format(
        secret=outside / "secret.txt",
        parquet=outside / "secret.parquet",
        outside=outside,
        inside=next((dataset / "documents").glob("*.parquet")),
        target=outside / "written",
    )
