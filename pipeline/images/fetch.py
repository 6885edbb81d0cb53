"""The stage `fetch`: each image that documents name is had once, or it is written down why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.images.account import account_of_hosts
from pipeline.images.asking import Asking
from pipeline.images.ledger import Past
from pipeline.images.local import image_roots, look_up, stamp
from pipeline.images.references import Reference, references
from pipeline.images.spill import Spill
from pipeline.images.tries import Answer, Try
from pipeline.network.addresses import host_of
from pipeline.recipe import Recipe
from pipeline.removal.tombstones import Tombstones, read_tombstones
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage.schemas import table_of

#: Images of a chunk on average, and at most.
_AT_A_TIME = 128
_MOST_AT_A_TIME = 512
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


@dataclass
class _Fetched:
    """What a chunk gathers."""

    tries: list[Try] = field(default_factory=list)
    locations: list[dict[str, object]] = field(default_factory=list)
    spill: Spill = field(default_factory=Spill)
    missing: list[dict[str, object]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)

    def had(self, names: Sequence[str], image_id: str, location: str, size: int | None) -> None:
        self.locations += [
            {"image_url": name, "image_id": image_id, "location": location, "size": size} for name in names
        ]

    def leave_out(self, tombstones: Tombstones) -> None:
        """Forget images whose bytes are those of one that was removed from the dataset."""
        gone = [row for row in self.locations if tombstones.has_id(str(row["image_id"]))]
        self.locations = [row for row in self.locations if row not in gone]
        self.removed = {name for name in self.spill.sizes if tombstones.has_id(name)}
        self.missing += [_missing(str(row["image_url"]), _REMOVED) for row in gone]
        self.tries = [
            replace(one, image_id=None, answer=_REMOVED) if tombstones.has_id(one.image_id) else one
            for one in self.tries
        ]

    def _kept_blobs(self) -> pa.Table:
        blobs = self.spill.table()
        if not self.removed:
            return blobs
        return blobs.filter(pc.invert(pc.is_in(blobs["image_id"], pa.array(sorted(self.removed)))))

    def tables(self) -> Mapping[str, pa.Table]:
        return {
            "image_fetches": table_of("image_fetches", [one.row() for one in self.tries]),
            "rejections": table_of("rejections", self.missing),
            "staging/locations": pa.Table.from_pylist(self.locations, schema=LOCATIONS),
            "staging/blobs": self._kept_blobs(),
        }


@dataclass
class _Wanted:
    """An image that is looked for: its names, the candidates that are left, and what reserves it."""

    names: list[str]
    left: list[str]
    reserved: str | None


def _plan(context: Context) -> Iterator[Chunk]:
    roots = image_roots(context.dataset, context.recipe)
    for (in_document, host, _), group in groupby(
        references(context.dataset, _AT_A_TIME), lambda one: (bool(one.image_id), one.host, one.turn)
    ):
        for part in _parts(group, _MOST_AT_A_TIME):
            if in_document:
                pairs = [[name, one.image_id] for one in part for name in one.names]
                yield Chunk({"in_documents": pairs})
                continue
            files = [one for one in part if not any(host_of(url) for url in one.candidates)]
            if files:
                yield Chunk({}, items=[_file_item(one, roots) for one in files])
            others = [one for one in part if one not in files] if len(files) < len(part) else []
            if others:
                yield _to_ask(host, others, roots)


def _file_item(reference: Reference, roots: Sequence[str]) -> Item:
    names, candidates, stamps, _ = _with_stamps(reference, roots)
    inputs = {"names": names, "candidates": candidates, "stamps": stamps}
    return Item(reference.names[0], inputs, unit="images")


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
    if chunk.items:
        return _process_files(context, chunk)
    fetched = _Fetched()
    for image_url, image_id in chunk.inputs.get("in_documents", ()):
        fetched.tries.append(Try(image_url, Answer("ok"), 1, image_id))
        fetched.had([image_url], image_id, _IN_DOCUMENT, None)
    tombstones = read_tombstones(context.dataset)
    wanted: list[_Wanted] = []
    for names, candidates, _, reserved in chunk.inputs.get("references", ()):
        if tombstones.has_address(*names, *candidates):
            fetched.missing += [_missing(name, _REMOVED) for name in names]
        else:
            wanted.append(_Wanted(names, candidates, reserved))
    if wanted:
        past = [Past(**known) for known in chunk.known.get("past", ())]
        asking = Asking(context, dict(chunk.inputs["rounds"]), past, fetched.spill)
        _look_for(context, wanted, asking, fetched)
        fetched.tries += asking.tries
    fetched.leave_out(tombstones)
    return fetched.tables()


def _process_files(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    """Look up images that can only be files, each for itself."""
    roots, most = image_roots(context.dataset, context.recipe), context.recipe.images.max_bytes
    tombstones = read_tombstones(context.dataset)
    fetched = _Fetched()
    whose: list[int] = []  # of the tries
    for number, item in enumerate(chunk.items):
        names, candidates = item.inputs["names"], item.inputs["candidates"]
        if tombstones.has_address(*names, *candidates):
            fetched.missing += [_missing(name, _REMOVED) for name in names]
        else:
            _look_up(_Wanted(names, list(candidates), None), roots, most, fetched)
        whose += [number] * (len(fetched.tries) - len(whose))
    fetched.leave_out(tombstones)
    numbers = {name: number for number, item in enumerate(chunk.items) for name in item.inputs["names"]}
    tables = fetched.tables()
    numbered = {"image_fetches": with_items(tables["image_fetches"], whose)}
    for table, column in (("rejections", "unit_id"), ("staging/locations", "image_url")):
        rows = tables[table]
        numbered[table] = with_items(rows, [numbers[name] for name in rows[column].to_pylist()])
    return numbered


def _look_up(image: _Wanted, roots: Sequence[str], max_bytes: int, fetched: _Fetched) -> None:
    """Try the candidates of an image, all of them files, until one is there."""
    for candidate in image.left:
        answer = _take_file(image, candidate, roots, max_bytes, fetched)
        if answer.outcome == "ok":
            return
    fetched.missing += [_missing(name, answer) for name in image.names]


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
        return _take_file(image, candidate, roots, max_bytes, fetched)
    if image.reserved:
        reserved = Answer("opted_out", "each page that names it asks not to use it", opt_out=image.reserved)
        fetched.tries.append(Try(candidate, reserved, 1))
        return reserved
    if candidate in asking.ids:
        image_id = asking.ids[candidate]
        fetched.had(image.names, image_id, _IN_DOCUMENT, fetched.spill.sizes[image_id])
    return asking.answers[candidate]


def _take_file(
    image: _Wanted, candidate: str, roots: Sequence[str], max_bytes: int, fetched: _Fetched
) -> Answer:
    found = look_up(candidate, roots, max_bytes)
    fetched.tries.append(Try(candidate, found.answer, 1, found.image_id))
    if found.image_id:
        fetched.had(image.names, found.image_id, f"file:{found.url}", found.size)
    return found.answer


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
