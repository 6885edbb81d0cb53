"""Seeded damage to documents: bytes flipped, cut, doubled and swapped, tags and parts moved about.

`read_series` reads damaged documents as a build's worker does, in a process of its own, and says how long the
slowest took, how much memory it and its children had, and what became of each.
"""

from __future__ import annotations

import json
import random
import re
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.extract import stage
from pipeline.extract.element import ReadDocument
from pipeline.extract.readers import READERS
from pipeline.images.decode import Measured, measure
from pipeline.recipe import ImageSettings, recipe_from_dict
from pipeline.stage import Context

Mutator = Callable[[bytes, random.Random], bytes]

_ODD = (b"\x00", b"\xff\xfe", b"<", b">", b"&", b"&#x10FFFF;", b"&#0;", b'"', b"\xed\xa0\x80", b"9" * 400)
_ODD_VALUES = (None, -1, 1e300, "", [], {}, [[]], "\ud800", "<b>" * 500)
_TAG_ENDS = (b" ", b"='", b"/", b" hidden", b"<")
_TAG = re.compile(rb"<[^<>]{1,200}>")
_BATCH = 250


@dataclass(frozen=True)
class Outcome:
    """What became of a series, by rule (or `read`); seconds; MiB of the worker and of its largest child."""

    rules: Counter[str]
    slowest: float
    memory: float
    children_memory: float


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Damage bytes in one to six places."""
    body = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(body) + 1)
        span = rng.choice((1, 4, 64, 1024))
        match rng.randrange(7):
            case 0 if body:
                body[at % len(body)] ^= 1 << rng.randrange(8)
            case 1:
                del body[at : at + span]
            case 2:
                body[at:at] = body[at : at + span] * rng.randint(1, 20)
            case 3:
                body[at:at] = rng.randbytes(span)
            case 4:
                body[at:at] = rng.choice(_ODD)
            case 5 if rng.random() < 0.3:
                del body[at:]
            case _:
                other = rng.randrange(len(body) + 1)
                body[at : at + span], body[other : other + span] = (
                    body[other : other + span],
                    body[at : at + span],
                )
    return bytes(body)


def mutate_html(data: bytes, rng: random.Random) -> bytes:
    """Damage a page: its bytes, or its tags (doubled, dropped, moved, nested up to 3,000 deep)."""
    if rng.random() < 0.4:
        return mutate_bytes(data, rng)
    tags = list(_TAG.finditer(data))
    if not tags:
        return mutate_bytes(data, rng)
    for _ in range(rng.randint(1, 5)):
        one, two = rng.choice(tags), rng.choice(tags)
        match rng.randrange(4):
            case 0:
                data = data.replace(one[0], b"", rng.randint(1, 50))
            case 1:
                data = data[: one.start()] + two[0] * rng.choice((1, 10, 3000)) + data[one.start() :]
            case 2:
                data = data.replace(one[0], two[0], rng.randint(1, 50))
            case _:
                data = data[: one.end() - 1] + rng.choice(_TAG_ENDS) + data[one.end() :]
    return data


def mutate_zip(data: bytes, rng: random.Random) -> bytes:
    """Damage a zip document: its bytes, or a part of it (damaged, dropped, emptied, swapped with another)."""
    if rng.random() < 0.2:
        return mutate_bytes(data, rng)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = list(parts)
    for _ in range(rng.randint(1, 3)):
        one, two = rng.choice(names), rng.choice(names)
        match rng.randrange(6):
            case 0:
                parts.pop(one, None)
            case 1:
                parts[one] = b""
            case 2:
                parts[one], parts[two] = parts.get(two, b""), parts.get(one, b"")
            case _:
                parts[one] = _mutate_xml(parts.get(one, b""), rng)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def _mutate_xml(data: bytes, rng: random.Random) -> bytes:
    """Damage XML so that it mostly stays well-formed: the reader, not the parser, is to meet it."""
    if rng.random() < 0.3:
        return mutate_bytes(data, rng)
    values = list(re.finditer(rb'="([^"]*)"', data))
    elements = list(re.finditer(rb"<([\w:]+)(?: [^<>]*)?/>", data))
    for _ in range(rng.randint(1, 8)):
        if values and rng.random() < 0.6:
            one, two = rng.choice(values), rng.choice(values)
            value = rng.choice((two[1], b"-1", b"99999999999", b"", b"rId999", b"x" * 300))
            data = data.replace(one[0], b'="' + value + b'"', rng.randint(1, 20))
        elif elements:
            one, two = rng.choice(elements), rng.choice(elements)
            data = data.replace(one[0], rng.choice((b"", two[0], two[0] * 500)), rng.randint(1, 20))
    return data


def mutate_json(data: bytes, rng: random.Random) -> bytes:
    """Damage a notebook: its bytes, or the values within it."""
    if rng.random() < 0.3:
        return mutate_bytes(data, rng)
    value = json.loads(data)
    for _ in range(rng.randint(1, 8)):
        at: Any = value
        while isinstance(at, dict | list) and at:
            key = rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
            if rng.random() < 0.4 or not isinstance(at[key], dict | list):
                # A copy: a value that stands in two places would be damaged in both, or hold itself.
                at[key] = deepcopy(rng.choice((*_ODD_VALUES, at[key], [at[key]] * 3)))
                break
            at = at[key]
    return json.dumps(value).encode()


@dataclass(frozen=True)
class _Series:
    """Damaged documents, the samples in turn; the same for the same seed."""

    samples: Sequence[bytes]
    mutate: Mutator
    count: int
    seed: int

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.count):
            sample = self.samples[number % len(self.samples)]
            yield self.mutate(sample, random.Random(f"{self.seed}-{number}"))


def read_series(samples: Sequence[bytes], mutate: Mutator, count: int, suffix: str, seed: int = 1) -> Outcome:
    """Read damaged documents in a process of its own; it must live to the end.

    Args:
        samples: whole documents.
        mutate: how they are damaged.
        count: how many.
        suffix: of the files' names, which says their kind; `.image` for images.
        seed: of the damage.
    """
    here, there = get_context("spawn").Pipe(duplex=False)
    damaged = _Series(samples, mutate, count, seed)
    process = get_context("spawn").Process(target=_work, args=(there, damaged, suffix))
    process.start()
    there.close()
    try:
        outcome: Outcome = here.recv()
    finally:
        process.join(30)
    assert process.exitcode == 0
    return outcome


def _work(answer: Connection, damaged: _Series, suffix: str) -> None:
    judge = _images if suffix == ".image" else _documents
    with _timed() as seconds:
        rules = judge(damaged, suffix, seconds)
    for reader in READERS.values():
        if reader.isolated:
            reader.function().close()  # type: ignore[attr-defined]
    answer.send(
        Outcome(
            rules,
            max(seconds, default=0.0),
            _peak(),
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        )
    )


def _peak() -> float:
    """Return the most memory that this process had, in MiB; `ru_maxrss` counts its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Note the seconds of each document that the stage reads."""
    seconds: list[float] = []
    read = stage.read_document

    def timed(*arguments: Any) -> ReadDocument:
        start = time.monotonic()
        try:
            return read(*arguments)
        finally:
            seconds.append(time.monotonic() - start)

    stage.read_document = timed
    try:
        yield seconds
    finally:
        stage.read_document = read


def _documents(damaged: Iterable[bytes], suffix: str, _seconds: list[float]) -> Counter[str]:
    """Run the stage over the files; every one must have its row, and one that is not read its reason."""
    rules: Counter[str] = Counter()
    with TemporaryDirectory() as work:
        for batch in _batches(damaged):
            root = Path(work, "root")
            root.mkdir(exist_ok=True)
            for number, data in enumerate(batch):
                (root / f"{number:04}{suffix}").write_bytes(data)
            rules += _stage(root, Path(work, "dataset"), len(batch))
            for file in root.iterdir():
                file.unlink()
    return rules


def _stage(root: Path, dataset: Path, count: int) -> Counter[str]:
    source = {"kind": "files", "name": "s", "root": str(root), "include": ["*"]}
    context = Context(str(dataset), recipe_from_dict({"name": "t", "sources": [source]}), "build")
    rules: Counter[str] = Counter()
    rows = 0
    for chunk in stage.EXTRACT.plan(context):
        tables = stage.EXTRACT.process(context, chunk)
        refused = {
            row["unit_id"]: row["rule"]
            for row in tables["rejections"].to_pylist()
            if row["unit"] == "document"
        }
        for row in tables["documents"].to_pylist():
            rows += 1
            rules[refused.get(row["doc_id"], "read")] += 1
    assert rows == count, f"{count - rows} of {count} documents have no row"
    return rules


def _images(damaged: Iterable[bytes], _suffix: str, seconds: list[float]) -> Counter[str]:
    settings = ImageSettings()
    rules: Counter[str] = Counter()
    for data in damaged:
        start = time.monotonic()
        verdict = measure(data, settings.formats, settings.max_pixels)
        seconds.append(time.monotonic() - start)
        rules["read" if isinstance(verdict, Measured) else verdict.rule] += 1
    return rules


def _batches(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
