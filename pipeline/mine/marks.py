"""Marks of documents and of what is searched: 64-bit hashes that tell what is as it was in the mining before.

Whatever decides on a pair (its score, its guards, the ceiling of its anchor) follows from the two documents
that it is of. So what two documents of equal marks had found in each other still holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.mine.members import NONE, Members
from pipeline.mine.top_k import KeyBlock

Marks = npt.NDArray[np.uint64]


def document_marks(
    members: Members,
    of_members: Sequence[Iterable[KeyBlock]],
    of_images: Sequence[Iterable[KeyBlock]],
    settings: str,
) -> Marks:
    """Return a mark for each document: of its members with their words, pictures and vectors.

    Args:
        members: who is where.
        of_members: vectors whose units are members.
        of_images: vectors whose units are image codes.
        settings: what else decides, as text: another one makes all marks new.
    """
    columns = [
        members.position,
        members.is_image,
        members.text_class,
        _hashes(members.group_ids)[members.group],
    ]
    images = [_hashes(members.image_codes.to_pylist()), members.phash, members.has_phash]
    images += [_vector_marks(blocks, len(members.first_of_image)) for blocks in of_images]
    shown = np.maximum(members.image, 0)
    for column in images:
        own = np.asarray(column, dtype=np.uint64)
        columns.append(np.where(members.image == NONE, 0, own[shown] if len(own) else 0))
    columns += [_vector_marks(blocks, len(members)) for blocks in of_members]
    table = np.stack([np.asarray(column).astype(np.uint64) for column in columns], axis=1)
    first = np.searchsorted(members.doc, np.arange(len(members.doc_ids) + 1))
    related, partners = members.related.offsets, members.related.values
    found = np.empty(len(members.doc_ids), dtype=np.uint64)
    for doc, doc_id in enumerate(members.doc_ids):
        start, stop = first[doc], first[doc + 1]
        links = partners[related[start] : related[stop]] - start
        counts = np.diff(related[start : stop + 1])
        parts = (table[start:stop].tobytes(), links.tobytes(), counts.tobytes())
        found[doc] = _hash(b"\0".join((settings.encode(), doc_id.encode(), *parts)))
    return found


def member_marks(members: Members, of_documents: Marks) -> Marks:
    """Return the mark of each member: of its document, and of its place among the members of that."""
    first = np.searchsorted(members.doc, np.arange(len(members.doc_ids)))
    place = (np.arange(len(members)) - first[members.doc] + 1).astype(np.uint64)
    with np.errstate(over="ignore"):
        # A product with an odd number loses nothing, and spreads neighbouring places over all bits.
        mixed = of_documents[members.doc] ^ (place * np.uint64(0x9E3779B97F4A7C15))
        mixed ^= mixed >> np.uint64(31)
        return mixed * np.uint64(0xD6E8FEB86659FD93)


def _hashes(names: Iterable[str]) -> Marks:
    return np.array([_hash(str(name).encode()) for name in names], dtype=np.uint64)


def _vector_marks(blocks: Iterable[KeyBlock], count: int) -> Marks:
    found = np.zeros(count, dtype=np.uint64)
    for block in blocks:
        found[block.units] = [_hash(row.tobytes()) for row in block.vectors]
    return found


def _hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
