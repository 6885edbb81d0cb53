"""Datasets whose builds stand on parts, staging, manifests and shards, as stages leave them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from storage import tables
from storage.builds import Build, latest_build, list_builds, record_build
from storage.digest import dataset_digest
from storage.filesystem import write_bytes_atomic
from storage.parts import Part
from storage.references import readable_builds
from storage.schemas import table_of
from storage.staging import publish_staging, write_staging
from storage.tags import FOLDER


def key_of(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]


def run_stage(dataset: str, stage: str, table: str, units: Collection[str]) -> int:
    """Leave what a stage leaves that made a chunk of each unit; return the table's version."""
    parts: list[Part] = []
    staged: list[Part] = []
    for unit in units:
        key = key_of(unit)
        rows = table_of(table, [{"doc_id": unit}, {"doc_id": f"{unit}'"}])
        parts.append(tables.write_part(dataset, table, f"{stage}-{key}", rows))
        staged.append(write_staging(dataset, f"{stage}_rows", f"{stage}-{key}", rows.select(["doc_id"])))
        manifest = [vars(part) for part in (parts[-1], staged[-1])]
        write_bytes_atomic(f"{dataset}/staging/{stage}/{key}.json", json.dumps(manifest).encode())
    # A chunk of which nothing came.
    write_bytes_atomic(f"{dataset}/staging/{stage}/{key_of(stage)}.json", b"[]")
    publish_staging(dataset, stage, staged)
    return tables.commit(dataset, table, stage, parts, f"x/{stage}")


def build(dataset: str, units: Collection[str]) -> Build:
    """Build a dataset of some units."""
    versions = {
        "documents": run_stage(dataset, "extract", "documents", units),
        "groups": run_stage(dataset, "group", "groups", units),
    }
    latest = latest_build(dataset)
    parent = latest.build_id if latest is not None else None
    name = f"b{key_of(sorted(units))[:8]}"
    return _recorded(dataset, Build(name, parent, "build", datetime.now(UTC), "{}", "1", versions))


def mine(dataset: str) -> Build:
    """Mine the newest build, and pack its shards."""
    base = latest_build(dataset)
    assert base is not None
    while base.stage == "mine":
        base = next(known for known in list_builds(dataset) if known.build_id == base.parent)
    units = tables.read(dataset, "documents", base.tables["documents"])["doc_id"].to_pylist()
    mined = {"embeddings": run_stage(dataset, "embed", "embeddings", [f"e{units}"])}
    shards = f"shards/{key_of(units)[:16]}"
    write_bytes_atomic(f"{dataset}/{shards}/shard-00000.arrow", b"rows")
    write_bytes_atomic(f"{dataset}/{shards}/index.json", b"{}")
    return _recorded(
        dataset,
        Build(
            build_id=f"m{key_of(units)[:8]}",
            parent=base.build_id,
            stage="mine",
            created_at=datetime.now(UTC),
            recipe="{}",
            code_version="1",
            tables={**base.tables, **mined},
            stages={"pack": {"shards": shards}},
        ),
    )


def _recorded(dataset: str, made: Build) -> Build:
    record_build(dataset, made)
    latest = latest_build(dataset)
    assert latest is not None
    return latest


def digests(dataset: str) -> dict[tuple[str, str], str]:
    """Return the digest of every build that no vacuum has taken, as it is read at its versions."""
    found = {}
    for known in readable_builds(dataset):
        digest = dataset_digest(dataset, known.tables, versions=known.tables)
        packed = known.stages.get("pack")
        if packed is not None:
            assert (Path(dataset) / packed["shards"] / "index.json").exists()
            assert (Path(dataset) / packed["shards"] / "shard-00000.arrow").exists()
        found[known.build_id, known.created_at.isoformat()] = digest
    return found


def files(dataset: str) -> set[str]:
    """Return the files of a dataset, apart from the tables' logs and the tags."""
    return {
        str(path.relative_to(dataset))
        for path in Path(dataset).rglob("*")
        if path.is_file() and "_delta_log" not in path.parts and path.parts[-2] != FOLDER
    }
