"""The stage `fetch`: each image that documents name is had once, or it is written down why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

import pyarrow as pa

from pipeline.images.account import account_of_hosts
from pipeline.images.asking import Asking
from pipeline.images.ledger import Past
from pipeline.images.local import image_roots, look_up, stamp
from pipeline.images.references import Reference, references
from pipeline.images.spill import Spill
from pipeline.images.tries import Answer, Try
from pipeline.network.addresses import host_of
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.schemas import table_of

_LOCAL_AT_A_TIME = 512
_REMOTE_AT_A_TIME = 256
_IN_DOCUMENT = "blob:"

#: One row: where the bytes of a reference are; `file:<url>`, or `blob:` for the staging table `blobs`.
_LOCATIONS: dict[str, pa.DataType] = {
    "image_url": pa.string(),
    "image_id": pa.string(),
    "location": pa.string(),
    "size": pa.int64(),
}
LOCATIONS = pa.schema(_LOCATIONS)


@dataclass
class _Fetched:
    """What a chunk gathers."""

    tries: list[Try] = field(default_factory=list)
    locations: list[dict[str, object]] = field(default_factory=list)
    spill: Spill = field(default_factory=Spill)
    missing: list[dict[str, object]] = field(default_factory=list)

    def had(self, names: Sequence[str], image_id: str, location: str, size: int | None) -> None:
        self.locations += [
            {"image_url": name, "image_id": image_id, "location": location, "size": size} for name in names
        ]

    def tables(self) -> Mapping[str, pa.Table]:
        return {
            "image_fetches": table_of("image_fetches", [one.row() for one in self.tries]),
            "rejections": table_of("rejections", self.missing),
            "staging/locations": pa.Table.from_pylist(self.locations, schema=LOCATIONS),
            "staging/blobs": self.spill.table(),
        }


@dataclass
class _Wanted:
    """An image that is looked for: its names, the candidates that are left, and what reserves it."""

    names: list[str]
    left: list[str]
    reserved: str | None


def _plan(context: Context) -> Iterator[Chunk]:
    roots = image_roots(context.dataset, context.recipe)
    for (in_document, host), group in groupby(
        references(context.dataset, _REMOTE_AT_A_TIME), lambda one: (bool(one.image_id), one.host)
    ):
        for part in _parts(group, _REMOTE_AT_A_TIME if host else _LOCAL_AT_A_TIME):
            if in_document:
                pairs = [[name, one.image_id] for one in part for name in one.names]
                yield Chunk({"in_documents": pairs})
            else:
                yield _to_ask(host, part, roots)


def _parts(group: Iterator[Reference], size: int) -> Iterator[list[Reference]]:
    part: list[Reference] = []
    for reference in group:
        part.append(reference)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _to_ask(host: str, part: Sequence[Reference], roots: Sequence[str]) -> Chunk:
    past = {known.image_url: known for one in part for known in one.past}
    # A round that is due makes the chunk new, and the same one ever after.
    rounds = sorted([url, known.next_round] for url, known in past.items() if known.next_round > 1)
    inputs = {"host": host, "references": [_with_stamps(one, roots) for one in part], "rounds": rounds}
    return Chunk(inputs, {"past": [asdict(known) for known in past.values()]})


def _with_stamps(reference: Reference, roots: Sequence[str]) -> list[object]:
    # A file that changed makes its chunk new; of a server one cannot know without asking.
    stamps = [None if host_of(url) else stamp(url, roots) for url in reference.candidates]
    return [list(reference.names), list(reference.candidates), stamps, reference.reserved]


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    fetched = _Fetched()
    for image_url, image_id in chunk.inputs.get("in_documents", ()):
        fetched.tries.append(Try(image_url, Answer("ok"), 1, image_id))
        fetched.had([image_url], image_id, _IN_DOCUMENT, None)
    wanted = [
        _Wanted(names, candidates, reserved)
        for names, candidates, _, reserved in chunk.inputs.get("references", ())
    ]
    if wanted:
        past = [Past(**known) for known in chunk.known.get("past", ())]
        asking = Asking(context, dict(chunk.inputs["rounds"]), past, fetched.spill)
        _look_for(context, wanted, asking, fetched)
        fetched.tries += asking.tries
    return fetched.tables()


def _look_for(context: Context, wanted: list[_Wanted], asking: Asking, fetched: _Fetched) -> None:
    """Try the candidates of each image, best first, until one is had; `fetched` gets what came of it."""
    roots = image_roots(context.dataset, context.recipe)
    while wanted:
        asking.ask(one.left[0] for one in wanted if host_of(one.left[0]) and not one.reserved)
        waiting: list[_Wanted] = []
        for image in wanted:
            answer = _take(image, asking, roots, context.recipe.images.max_bytes, fetched)
            if answer.outcome != "ok" and image.left:
                waiting.append(image)
            elif answer.outcome != "ok":
                fetched.missing += [_missing(name, answer) for name in image.names]
        wanted = waiting


def _take(image: _Wanted, asking: Asking, roots: Sequence[str], max_bytes: int, fetched: _Fetched) -> Answer:
    """Take the next candidate of an image; return what came of it."""
    candidate = image.left.pop(0)
    if not host_of(candidate):
        found = look_up(candidate, roots, max_bytes)
        fetched.tries.append(Try(candidate, found.answer, 1, found.image_id))
        if found.image_id:
            fetched.had(image.names, found.image_id, f"file:{found.url}", found.size)
        return found.answer
    if image.reserved:
        reserved = Answer("opted_out", "each page that names it asks not to use it", opt_out=image.reserved)
        fetched.tries.append(Try(candidate, reserved, 1))
        return reserved
    if candidate in asking.ids:
        image_id = asking.ids[candidate]
        fetched.had(image.names, image_id, _IN_DOCUMENT, fetched.spill.sizes[image_id])
    return asking.answers[candidate]


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


FETCH = Stage("fetch", ("image_fetches", "rejections"), _plan, _process, _settings, account=account_of_hosts)
