"""Finds out what something is, and traces it back to its sources and forward to the runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flows.tracing.builds import build_of_shards, descendants, trace_builds
from flows.tracing.content import choose_documents, documents_of, images_of, sources_of
from flows.tracing.facts import Lineage, ShardFacts
from flows.tracing.runs import runs_on, trace_run
from flows.tracing.units import find_unit, trace_document, trace_image
from storage.builds import Build, shards_of
from storage.errors import LooseleafError
from storage.filesystem import exists, join
from storage.queries import connect
from storage.references import readable_build, resolve_build
from storage.shards import open_shards, read_index
from storage.shards.index import INDEX_NAME
from storage.tags import LATEST
from training.run_identity import run_identity


def trace(
    target: str, at: str | None = None, unit: str | None = None, step: int | None = None, limit: int = 10
) -> Lineage:
    """Return where something comes from and what was made of it.

    Args:
        target: path or URL of a run, of a folder of shards, or of a dataset.
        at: of a dataset, the build (see `storage.references.resolve_build`); by default the newest.
        unit: of a dataset, a document or an image (see `flows.tracing.units.find_unit`).
        step: of a run, the step whose documents are listed.
        limit: how many things a list holds at most; totals count all.

    Raises:
        LooseleafError: if there is no such thing, or it is none that has this.
    """
    if exists(join(target, "run.json")):
        _refuse(target, "run", at=at, document=unit)
        return _of_run(target, step, limit)
    if exists(join(target, INDEX_NAME)):
        _refuse(target, "folder of shards", at=at, document=unit, step=step)
        return _of_shards(target, limit)
    if not exists(join(target, "builds")):
        raise LooseleafError(
            f"There is neither a run, nor shards, nor a built dataset at {target}: check the path."
        )
    _refuse(target, "dataset", step=step)
    return _of_dataset(target, at or LATEST, limit) if unit is None else _of_unit(target, at, unit, limit)


def _refuse(target: str, kind: str, **told: object) -> None:
    for option, value in told.items():
        if value is not None:
            raise LooseleafError(f"{target} is a {kind}, which has no --{option}: leave it out.")


def _of_run(run: str, step: int | None, limit: int) -> Lineage:
    url = str(run_identity(run)["shards"])
    dataset, place, packed_on = _home(url)
    facts, seen = trace_run(run, dataset, step, limit)
    build = build_of_shards(dataset, place, packed_on or facts.build_id) if dataset is not None else None
    chosen = {"doc_id": list(seen), "times_seen": list(seen.values())}
    lineage = _standing_on(dataset, build, limit, chosen, "times_seen DESC")
    return replace(lineage, target=run, kind="run", run=facts, shards=_shards(url))


def _of_shards(url: str, limit: int) -> Lineage:
    dataset, place, packed_on = _home(url)
    build = build_of_shards(dataset, place, packed_on) if dataset is not None else None
    lineage = _standing_on(dataset, build, limit, _packed(url), "split, uri")
    runs = runs_on(dataset, [build]) if dataset is not None and build is not None else ()
    return replace(lineage, target=url, kind="shards", shards=_shards(url), runs=runs)


def _of_dataset(dataset: str, at: str, limit: int) -> Lineage:
    build = resolve_build(dataset, at)
    lineage = _standing_on(dataset, build, limit, None, "uri")
    place = shards_of(build)
    return replace(
        lineage,
        shards=_shards(join(dataset, place)) if place is not None else None,
        runs=runs_on(dataset, descendants(dataset, build)),
    )


def _of_unit(dataset: str, at: str | None, name: str, limit: int) -> Lineage:
    build = readable_build(dataset, at or LATEST)
    with connect(dataset, build.build_id) as connection:
        unit, unit_id = find_unit(connection, name)
        document = trace_document(connection, dataset, unit_id) if unit == "document" else None
        image = trace_image(connection, dataset, unit_id, limit) if unit == "image" else None
    doc_ids = (
        [unit_id] if document else sorted({row["doc_id"] for row in image.places.listed} if image else ())
    )
    lineage = _standing_on(dataset, build, limit, {"doc_id": doc_ids}, "uri")
    return replace(
        lineage,
        target=unit_id,
        kind=unit,
        document=document,
        image=image,
        runs=runs_on(dataset, descendants(dataset, build), unit_id if document is not None else None),
    )


def _standing_on(
    dataset: str | None, build: Build | None, limit: int, chosen: Mapping[str, Any] | None, order: str
) -> Lineage:
    """Return the lineage of a build, with those documents that are chosen."""
    builds = trace_builds(dataset, build) if dataset is not None and build is not None else ()
    lineage = Lineage(target=dataset or "", kind="dataset", dataset=dataset, builds=builds)
    if dataset is None or build is None or builds[0].is_vacuumed:
        return lineage
    with connect(dataset, build.build_id) as connection:
        choose_documents(connection, chosen)
        return replace(
            lineage,
            sources=sources_of(connection, builds[0].recipe),
            documents=documents_of(connection, limit, order),
            images=images_of(connection, limit),
        )


def _home(url: str) -> tuple[str | None, str, str]:
    """Return the dataset of shards if it is there, their place in it, and the build they were packed on."""
    dataset, _, name = url.rstrip("/").rpartition("/shards/")
    packed_on = read_index(url).spec.build_id if exists(join(url, INDEX_NAME)) else ""
    is_there = bool(dataset) and exists(join(dataset, "builds"))
    return dataset if is_there else None, f"shards/{name}", packed_on


def _shards(url: str) -> ShardFacts:
    if not exists(join(url, INDEX_NAME)):
        return ShardFacts(url, "", False, {}, {}, {}, {})
    index = read_index(url)
    return ShardFacts(
        url=url,
        build_id=index.spec.build_id,
        is_there=True,
        documents=dict(index.documents),
        blocks=dict(index.blocks),
        encoders=dict(index.spec.encoders),
        settings=dict(index.spec.settings),
    )


def _packed(url: str) -> dict[str, list[Any]]:
    batches = open_shards(url).record_batches
    return {
        name: [value for batch in batches for value in batch.column(name).to_pylist()]
        for name in ("doc_id", "split")
    }
