"""Documents per second: our shards, a webdataset tar and a bare loop over a memory map, on equal documents.

Every reader opens its files anew in each pass and hands out each document's image bytes and texts, and each
byte is touched by the same call (`max` of uint8, which numpy vectorises whatever the alignment). webdataset
neither decodes nor shuffles here, and has one member for all texts of a document: this is its fastest form.
The files are in the page cache for all of them.
"""

from __future__ import annotations

import io
import json
import mmap
import tarfile
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storage.shards import ShardDocument, ShardSpec, open_shards, write_shards

DOCUMENTS = 1200
BLOCK = 8
PASSES = 12


def run() -> dict[str, float | str]:
    """Return documents per second of each reader, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        documents = [_document(number) for number in range(DOCUMENTS)]
        total = sum(document.nbytes for document in documents)
        tar, raw, shards = Path(folder) / "documents.tar", Path(folder) / "raw", f"{folder}/shards"
        _write_tar(tar, documents)
        offsets = _write_bare(raw, documents)
        blocks = (documents[start : start + BLOCK] for start in range(0, DOCUMENTS, BLOCK))
        write_shards(shards, blocks, ShardSpec("benchmark"))
        del documents, blocks
        ours, shuffled, webdataset, bare = _rates(
            [
                lambda: _read_shards(shards),
                lambda: _read_shuffled(shards),
                lambda: _read_webdataset(tar),
                lambda: _read_bare(raw, offsets),
            ]
        )
    return {
        "megabytes": total / 1e6,
        "shards in order, documents/s": ours,
        "shards in shuffled blocks, documents/s": shuffled,
        "webdataset, documents/s": webdataset,
        "bare loop, documents/s": bare,
        "ratio to webdataset": ours / webdataset,
        "ratio to bare loop": ours / bare,
    }


def _document(number: int) -> ShardDocument:
    random = np.random.default_rng(number)
    images, texts = int(random.integers(0, 9)), int(random.integers(1, 25))
    return ShardDocument(
        doc_id=f"{number:06d}",
        group_id=f"{number:06d}",
        source="benchmark",
        family=f"{number:06d}",
        split="train",
        image_position=range(images),
        image_id=[f"{number}-{image}" for image in range(images)],
        image_name=[""] * images,
        image_section=[0] * images,
        text_position=range(images, images + texts),
        text=["w" * int(length) for length in random.integers(50, 400, texts)],
        text_section=[0] * texts,
        caption_of=[-1] * texts,
        prior=np.full((images, texts), 1 / texts, np.float32),
        image_bytes=[random.bytes(int(size)) for size in random.integers(8_000, 40_000, images)],
    )


def _write_tar(path: Path, documents: list[ShardDocument]) -> None:
    with tarfile.open(path, "w") as tar:
        for document in documents:
            members = {f"{index}.jpg": data for index, data in enumerate(document.image_bytes)}
            for name, data in {**members, "json": json.dumps(list(document.text)).encode()}.items():
                member = tarfile.TarInfo(f"{document.doc_id}.{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def _write_bare(path: Path, documents: list[ShardDocument]) -> list[int]:
    """Write all bytes one after the other; return where each document begins, and the end."""
    offsets = [0]
    with path.open("wb") as file:
        for document in documents:
            data = b"".join(document.image_bytes) + "".join(document.text).encode()
            file.write(data)
            offsets.append(offsets[-1] + len(data))
    return offsets


def _read_shards(url: str) -> int:
    reader = open_shards(url)
    seen = 0
    for number in range(len(reader.block_offsets) - 1):
        batch = reader.block(number)
        for data, _ in (*batch.image_bytes.pieces, *batch.text_bytes.pieces):
            _touch(data)
        seen += len(batch)
    return seen


def _read_shuffled(url: str) -> int:
    """Read batches of eight blocks in random order, as training does."""
    reader = open_shards(url)
    order = np.random.default_rng(0).permutation(len(reader.block_offsets) - 1)
    seen = 0
    for start in range(0, len(order), 8):
        ranges = (
            np.arange(*reader.block_offsets[number : number + 2]) for number in order[start : start + 8]
        )
        batch = reader.batch(np.concatenate(list(ranges)))
        for data, _ in (*batch.image_bytes.pieces, *batch.text_bytes.pieces):
            _touch(data)
        seen += len(batch)
    return seen


def _read_webdataset(path: Path) -> int:
    import webdataset

    seen = 0
    for sample in webdataset.WebDataset(str(path), shardshuffle=False):
        for name, data in sample.items():
            if not name.startswith("__"):
                _touch(np.frombuffer(data, np.uint8))
        seen += 1
    return seen


def _read_bare(path: Path, offsets: list[int]) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        data = np.frombuffer(view, np.uint8)
        for start, stop in pairwise(offsets):
            _touch(data[start:stop])
        # The map cannot be closed while a view of it is alive.
        del data
    return len(offsets) - 1


def _touch(data: NDArray[np.uint8]) -> None:
    if data.size:
        data.max()


def _rates(readers: list[Callable[[], int]]) -> list[float]:
    """Return documents per second of each reader in its best pass; passes take turns.

    The best pass is the one that the machine's other work disturbed least.
    """
    rates: list[list[float]] = [[] for _ in readers]
    for _ in range(PASSES):
        for reader, times in zip(readers, rates, strict=True):
            started = time.perf_counter()
            seen = reader()
            assert seen == DOCUMENTS
            times.append(seen / (time.perf_counter() - started))
    return [max(times) for times in rates]
