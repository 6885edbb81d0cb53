"""Real documents split by package: whole packages are tested on, of which no document was trained on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from flows.bench.copying import documents_of
from storage.errors import LooseleafError
from storage.filesystem import exists, join
from storage.shards import ShardDocument, open_shards, write_shards

#: Share of the documents that is tested on.
_TESTED = 0.2
#: A package with more is trained on: it would be the test alone.
_MOST = 0.3


def write_by_package(shards: str, folder: str) -> str:
    """Write the documents of `shards` with whole packages held out; return the folder.

    Documents of other packages that show an image of one that is held out are left out. What watched the
    training goes on watching it; what was tested on, of packages that are not held out, is trained on.

    Raises:
        LooseleafError: if the shards cannot be read, or no package can be held out.
    """
    if exists(join(folder, "index.json")):
        return folder
    reader = open_shards(shards)
    blocks = [list(documents_of(reader, number)) for number in range(len(reader.block_offsets) - 1)]
    documents = [document for block in blocks for document in block]
    counts = Counter(document.source for document in documents)
    held = held_out(counts)
    if not held:
        raise LooseleafError(
            f"No package of {shards} can be held out as a whole ({', '.join(sorted(counts))}): "
            "add documents of other packages."
        )
    shown = {image for document in documents if document.source in held for image in document.image_id}
    kept: list[list[ShardDocument]] = []
    for block in blocks:
        for split in ("train", "valid", "test"):
            mine = [
                replace(document, split=split)
                for document in block
                if _split(document, held) == split
                and (document.source in held or not shown & set(document.image_id))
            ]
            kept += [mine] if mine else []
    spec = replace(reader.index.spec, build_id=f"{reader.index.spec.build_id}-by-package", tokens=())
    write_shards(folder, kept, spec)
    return folder


def held_out(documents: Mapping[str, int]) -> set[str]:
    """Return the packages that are tested on, drawn until they hold about a fifth of all documents.

    Args:
        documents: of each package, how many. With one package nothing can be held out.
    """
    total, left, held = sum(documents.values()), _TESTED * sum(documents.values()), set[str]()
    for package in sorted(documents, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        count = documents[package]
        if left > 0 and count / 2 <= left and count <= _MOST * total:
            held.add(package)
            left -= count
    return held


def _split(document: ShardDocument, held: set[str]) -> str:
    if document.source in held:
        return "test"
    return "valid" if document.split == "valid" else "train"
