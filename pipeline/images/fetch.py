"""The stage `fetch`: each image that documents name is had once, or it is written down why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import pyarrow as pa

from pipeline.images.local import image_roots, look_up, stamp
from pipeline.images.references import Reference, host_of, references
from pipeline.images.remote import RemoteFetcher
from pipeline.images.tries import Answer, Try
from pipeline.recipe import Recipe
from pipeline.removal.tombstones import Tombstones, read_tombstones
from pipeline.stage import Chunk, Context, Stage
from storage.schemas import table_of

_LOCAL_AT_A_TIME = 512
_REMOTE_AT_A_TIME = 48
#: The bytes of one chunk are in memory together.
_REMOTE_BYTES = 512_000_000
_IN_DOCUMENT = "blob:"
_REMOVED = Answer("refused", "removed from the dataset")

#: One row: where the bytes of a reference are; `file:<url>`, or `blob:` for the staging table `blobs`.
_LOCATIONS: dict[str, pa.DataType] = {
    "image_url": pa.string(),
    "image_id": pa.string(),
    "location": pa.string(),
    "size": pa.int64(),
}
LOCATIONS = pa.schema(_LOCATIONS)
_BLOBS: dict[str, pa.DataType] = {"image_id": pa.string(), "bytes": pa.large_binary()}


@dataclass
class _Fetched:
    """What a chunk gathers."""

    tries: list[Try] = field(default_factory=list)
    locations: list[dict[str, object]] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    missing: list[dict[str, object]] = field(default_factory=list)

    def had(self, image_url: str, image_id: str, location: str, size: int | None) -> None:
        self.locations.append(
            {"image_url": image_url, "image_id": image_id, "location": location, "size": size}
        )

    def leave_out(self, tombstones: Tombstones) -> None:
        """Forget images whose bytes are those of one that was removed from the dataset."""
        gone = [row for row in self.locations if tombstones.has_id(str(row["image_id"]))]
        self.locations = [row for row in self.locations if row not in gone]
        self.blobs = {name: data for name, data in self.blobs.items() if not tombstones.has_id(name)}
        self.missing += [_missing(str(row["image_url"]), _REMOVED) for row in gone]
        self.tries = [
            replace(one, image_id=None, answer=_REMOVED) if tombstones.has_id(one.image_id) else one
            for one in self.tries
        ]

    def tables(self) -> Mapping[str, pa.Table]:
        blobs = {"image_id": list(self.blobs), "bytes": list(self.blobs.values())}
        return {
            "image_fetches": table_of("image_fetches", [one.row() for one in self.tries]),
            "rejections": table_of("rejections", self.missing),
            "staging/locations": pa.Table.from_pylist(self.locations, schema=LOCATIONS),
            "staging/blobs": pa.table(blobs, schema=pa.schema(_BLOBS)),
        }


def _plan(context: Context) -> Iterator[Chunk]:
    roots = image_roots(context.dataset, context.recipe)
    remote = max(1, min(_REMOTE_AT_A_TIME, _REMOTE_BYTES // context.recipe.images.max_bytes))
    for (in_document, host), group in groupby(
        references(context.dataset), lambda one: (bool(one.image_id), one.host)
    ):
        for part in _parts(group, remote if host else _LOCAL_AT_A_TIME):
            if in_document:
                yield Chunk({"in_documents": [[one.image_url, one.image_id] for one in part]})
            else:
                yield Chunk({"host": host, "references": [_with_stamps(one, roots) for one in part]})


def _parts(group: Iterator[Reference], size: int) -> Iterator[list[Reference]]:
    part: list[Reference] = []
    for reference in group:
        part.append(reference)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _with_stamps(reference: Reference, roots: Sequence[str]) -> list[object]:
    # A file that changed makes its chunk new; of a server one cannot know without asking.
    stamps = [None if host_of(url) else stamp(url, roots) for url in reference.candidates]
    return [reference.image_url, list(reference.candidates), stamps]


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    fetched = _Fetched()
    for image_url, image_id in chunk.inputs.get("in_documents", ()):
        fetched.tries.append(Try(image_url, Answer("ok"), 1, image_id))
        fetched.had(image_url, image_id, _IN_DOCUMENT, None)
    tombstones = read_tombstones(context.dataset)
    waiting: dict[str, list[str]] = {}
    for url, candidates, _ in chunk.inputs.get("references", ()):
        if tombstones.has_address(url, *candidates):
            fetched.missing.append(_missing(url, _REMOVED))
        else:
            waiting[url] = list(candidates)
    _ask_for(context, waiting, fetched)
    fetched.leave_out(tombstones)
    return fetched.tables()


def _ask_for(context: Context, waiting: dict[str, list[str]], fetched: _Fetched) -> None:
    """Try the candidates of each reference, best first, until one is had.

    Args:
        context: the dataset and the recipe.
        waiting: reference -> its candidates.
        fetched: what came of it is added here.
    """
    roots = image_roots(context.dataset, context.recipe)
    max_bytes = context.recipe.images.max_bytes
    remote = RemoteFetcher(context.recipe.network, max_bytes)
    last: dict[str, Answer] = {}
    asked: dict[str, Answer] = {}
    data: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    while waiting:
        got = remote.fetch(one[0] for one in waiting.values() if host_of(one[0]) and one[0] not in asked)
        fetched.tries.extend(got.tries)
        data |= got.data
        asked |= {one.image_url: one.answer for one in got.tries}
        ids |= {one.image_url: one.image_id for one in got.tries if one.image_id}
        for image_url, candidates in list(waiting.items()):
            candidate = candidates.pop(0)
            if host_of(candidate):
                last[image_url] = asked[candidate]
                if candidate in ids:
                    fetched.blobs[ids[candidate]] = data[candidate]
                    fetched.had(image_url, ids[candidate], _IN_DOCUMENT, len(data[candidate]))
            else:
                found = look_up(candidate, roots, max_bytes)
                last[image_url] = found.answer
                fetched.tries.append(Try(candidate, found.answer, 1, found.image_id))
                if found.image_id:
                    fetched.had(image_url, found.image_id, f"file:{found.url}", found.size)
            if last[image_url].outcome == "ok":
                del waiting[image_url]
            elif not candidates:
                del waiting[image_url]
                fetched.missing.append(_missing(image_url, last[image_url]))


def _missing(image_url: str, answer: Answer) -> dict[str, object]:
    return {
        "stage": "fetch",
        "unit": "image_url",
        "unit_id": image_url,
        "rule": "missing",
        "value": None if answer.status is None else float(answer.status),
        "detail": f"{answer.outcome}: {answer.reason}",
    }


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return {
        "network": recipe.network.model_dump(mode="json"),
        "max_bytes": recipe.images.max_bytes,
        "roots": sorted(getattr(source, "root", "") for source in recipe.sources),
    }


FETCH = Stage("fetch", ("image_fetches", "rejections"), _plan, _process, _settings)
