"""Reads the members of all document groups from the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.mine.members import NONE, Column, Ints, Members, Places, Ragged
from pipeline.mine.texts import text_class
from storage.filesystem import join
from storage.parts import read_batches
from storage.schemas import SCHEMAS

#: A text whose prior is at least this share of an image's largest is related to that image.
RELATED = 0.5

_ROWS = {"groups": 16, "elements": 4096, "images": 4096, "marks": 4096}


def table_batches(
    dataset: str, table: str, names: Sequence[str], columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Give columns of some files of a table, in small batches."""
    urls = [join(dataset, table, name) for name in names]
    return read_batches(urls, SCHEMAS[table], columns, _ROWS[table])


#: A group: group_id, doc_id, positions of images and of texts, prior.
_Row = tuple[str, str, Ints, Ints, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class _Layout:
    """What the groups say, by member; `related_*` are pairs of members."""

    doc_ids: list[str]
    group_ids: list[str]
    doc: Ints
    group: Ints
    position: Ints
    is_image: npt.NDArray[np.bool_]
    related_image: Ints
    related_text: Ints


def load_members(dataset: str, names: Mapping[str, Sequence[str]]) -> Members:
    """Return the members of all document groups, by document and group, whatever files they stand in.

    Args:
        dataset: path or URL.
        names: files of `groups`, `elements` and `images`.
    """
    layout = _read_groups(dataset, names["groups"])
    places = Places(layout.doc_ids, layout.doc, layout.position)
    image, classes, image_ids = _read_elements(dataset, names["elements"], places, len(layout.doc))
    codes = pa.array(image_ids, pa.string())
    phash, has_phash = _read_phashes(dataset, names["images"], codes)
    shown = np.flatnonzero(image != NONE)
    first = np.full(len(image_ids), len(layout.doc), dtype=np.int64)
    np.minimum.at(first, image[shown], shown)
    pairs = (layout.related_image, layout.related_text)
    return Members(
        doc_ids=layout.doc_ids,
        group_ids=layout.group_ids,
        doc=layout.doc,
        group=layout.group,
        position=layout.position,
        is_image=layout.is_image,
        image=image,
        text_class=classes,
        places=places,
        related=Ragged(len(layout.doc), np.concatenate(pairs), np.concatenate(pairs[::-1])),
        images_of_doc=Ragged(len(layout.doc_ids), layout.doc[shown], image[shown]),
        first_of_image=first,
        image_codes=codes,
        phash=phash,
        has_phash=has_phash,
    )


def _read_groups(dataset: str, names: Sequence[str]) -> _Layout:
    docs: dict[str, int] = {}
    group_ids: list[str] = []
    doc, group, position, is_image, related = [], [], [], [], [np.zeros((2, 0), dtype=np.int64)]
    start = 0
    columns = ["group_id", "kind", "doc_id", "images", "texts", "prior"]
    rows = (row for batch in table_batches(dataset, "groups", names, columns) for row in _documents(batch))
    # Files have names that tell nothing: which of equal candidates comes first must not depend on them.
    for group_id, doc_id, images, texts, prior in sorted(rows, key=_place):
        size = len(images) + len(texts)
        doc.append(np.full(size, docs.setdefault(doc_id, len(docs))))
        group.append(np.full(size, len(group_ids)))
        group_ids.append(group_id)
        position += [images, texts]
        is_image.append(np.arange(size) < len(images))
        if prior.size:
            pairs = np.nonzero(prior >= RELATED * prior.max(axis=1, keepdims=True))
            related.append(np.stack([start + pairs[0], start + len(images) + pairs[1]]))
        start += size
    image_text = np.concatenate(related, axis=1)
    return _Layout(
        doc_ids=list(docs),
        group_ids=group_ids,
        doc=_joined(doc),
        group=_joined(group),
        position=_joined(position),
        is_image=np.concatenate([np.zeros(0, dtype=np.bool_), *is_image]),
        related_image=image_text[0],
        related_text=image_text[1],
    )


def _place(row: _Row) -> tuple[str, int, str]:
    group_id, doc_id, images, texts, _ = row
    return doc_id, min((*images.tolist(), *texts.tolist()), default=0), group_id


def _documents(
    batch: pa.RecordBatch,
) -> Iterator[_Row]:
    """Give group_id, doc_id, images (M), texts (N) and prior (M x N) of each group of kind `document`."""
    rows = batch.filter(pc.field("kind") == "document")
    for index in range(rows.num_rows):
        group_id, doc_id = rows["group_id"][index].as_py(), rows["doc_id"][index].as_py()
        images, texts, prior = (
            rows[name][index].values.to_numpy(zero_copy_only=False) for name in ("images", "texts", "prior")
        )
        yield (
            group_id,
            doc_id,
            images.astype(np.int64),
            texts.astype(np.int64),
            prior.reshape(len(images), len(texts)),
        )


def _read_elements(
    dataset: str, names: Sequence[str], places: Places, size: int
) -> tuple[Ints, Ints, list[str]]:
    """Return the image code and the text class of each member, and the `image_id` of each code, sorted."""
    image = np.full(size, NONE, dtype=np.int64)
    classes = np.zeros(size, dtype=np.int64)
    codes: dict[str, int] = {}
    columns = ["doc_id", "position", "kind", "text", "image_id"]
    for batch in table_batches(dataset, "elements", names, columns):
        members = places.find(batch["doc_id"], batch["position"])
        known = np.flatnonzero(members != NONE)
        for member, row in zip(members[known], batch.take(known).to_pylist(), strict=True):
            if row["kind"] == "image":
                image[member] = codes.setdefault(row["image_id"], len(codes))
            else:
                classes[member] = text_class(row["text"] or "")
    image_ids = sorted(codes)
    places_of = np.full(len(codes) + 1, NONE, dtype=np.int64)
    places_of[[codes[image_id] for image_id in image_ids]] = np.arange(len(image_ids))
    return places_of[image], classes, image_ids


def _read_phashes(
    dataset: str, names: Sequence[str], codes: Column
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    phash = np.zeros(len(codes), dtype=np.uint64)
    known = np.zeros(len(codes), dtype=np.bool_)
    for batch in table_batches(dataset, "images", names, ["image_id", "phash"]):
        at = pc.index_in(batch["image_id"], value_set=codes).to_pylist()
        for code, value in zip(at, batch["phash"].to_pylist(), strict=True):
            if code is not None and value:
                phash[code], known[code] = int(value, 16), True
    return phash, known


def _joined(arrays: Sequence[npt.NDArray[np.int64]]) -> Ints:
    return np.concatenate([np.zeros(0, dtype=np.int64), *arrays])
