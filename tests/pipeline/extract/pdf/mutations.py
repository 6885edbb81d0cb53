"""PDFs that somebody broke: seeded changes to whole ones, and what the reader makes of them."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psutil

from pipeline.extract.document import read_document
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.media import PDF

_OBJECT = re.compile(rb"\d+ \d+ obj.*?endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_NUMBER = re.compile(rb"(?<=[\s\[])\d+(?=[\s\]/>])")
_NUMBERS = (b"0", b"-1", b"4294967296", b"2147483647", b"99999999999999999999", b"1e39", b"0.0000001")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a PDF with one to three things broken."""
    for _ in range(chance.randint(1, 3)):
        if data:
            data = chance.choice(_WAYS)(data, chance)
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 10, 100))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _cut_out(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randrange(1, 2000) :]


def _double(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[: start + chance.randrange(1, 2000)] + data[start:]


def _swap_objects(data: bytes, chance: random.Random) -> bytes:
    found = list(_OBJECT.finditer(data))
    if len(found) < 2:
        return data
    first, second = sorted(chance.sample(found, 2), key=lambda one: one.start())
    between = data[first.end() : second.start()]
    return data[: first.start()] + second[0] + between + first[0] + data[second.end() :]


def _garble_stream(data: bytes, chance: random.Random) -> bytes:
    found = list(_STREAM.finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    body = bytearray(one[1])
    for _ in range(max(len(body) // 20, 1)):
        if body:
            body[chance.randrange(len(body))] = chance.randrange(256)
    return data[: one.start(1)] + bytes(body) + data[one.end(1) :]


def _wrong_number(data: bytes, chance: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(_NUMBERS) + data[one.end() :]


_WAYS = (_flip, _truncate, _cut_out, _double, _swap_objects, _garble_stream, _wrong_number, _wrong_number)


@dataclass
class Outcome:
    """What came of many broken PDFs: how many each rule refused, the longest time, the most memory."""

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    memory: float = 0.0  # MiB of a child's resident memory


def read_mutated(originals: Sequence[bytes], count: int, seed: int) -> Outcome:
    """Read `count` broken PDFs through the reader that the pipeline uses."""
    outcome = Outcome()
    for data in _broken(originals, count, seed):
        began = time.monotonic()
        try:
            document = read_document(data, PDF, "file:///broken.pdf")
        except UnreadableDocumentError as error:
            # A reason without a sentence is none.
            outcome.refused[error.rule if error.detail else ""] += 1
        else:
            # A document without anything says why.
            assert document.elements or document.left_out
            outcome.read += 1
        outcome.seconds = max(outcome.seconds, time.monotonic() - began)
        outcome.memory = max(outcome.memory, _peak())
    return outcome


def _broken(originals: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for index in range(count):
        yield mutated(originals[index % len(originals)], chance)


def _peak() -> float:
    """Return the most memory that an isolated child of this process has had, in MiB."""
    peak = 0.0
    for child in psutil.Process().children():
        try:
            if "pipeline.isolation.worker" not in child.cmdline():
                continue
            with open(f"/proc/{child.pid}/status") as status:
                high = re.search(r"VmHWM:\s+(\d+) kB", status.read())
        except (OSError, psutil.Error):
            continue
        peak = max(peak, int(high[1]) / 1024 if high else 0.0)
    return peak
