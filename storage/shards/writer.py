"""Writes packed documents as Arrow IPC files, block by block, in bounded memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storage.filesystem import is_local, join, local_path, open_filesystem, write_bytes_atomic
from storage.shards.document import SHARD_SCHEMA, SPLITS, ShardDocument
from storage.shards.index import INDEX_NAME, ShardIndex, ShardSpec
from storage.shards.tokens import check_tokens, token_columns, token_fields

#: A record batch holds whole blocks, and about so many bytes: what the writer keeps in memory.
_BATCH_BYTES = 32 << 20
_FILE_BYTES = 256 << 20

_OF_IMAGES = ("image_position", "image_id", "image_name", "image_section")
_OF_TEXTS = ("text_position", "text", "text_section", "caption_of")


def write_shards(url: str, blocks: Iterable[Sequence[ShardDocument]], spec: ShardSpec) -> ShardIndex:
    """Write `blocks` into the folder `url` as `shard-00000.arrow` and so on, and `index.json` at last.

    Args:
        url: a folder, local or remote.
        blocks: documents that were mined to meet; one block has one split and at least one document.
        spec: the widths and the origin of the features.

    Raises:
        ValueError: if a document's arrays do not fit each other or the spec, or a block mixes splits.
    """
    documents: Counter[str] = Counter(dict.fromkeys(SPLITS, 0))
    counted: Counter[str] = Counter(dict.fromkeys(SPLITS, 0))
    sizes: list[int] = []

    def checked() -> Iterator[Sequence[ShardDocument]]:
        for block in blocks:
            split = _split_of(block)
            for document in block:
                _check(document, spec)
            documents[split] += len(block)
            counted[split] += 1
            sizes.append(len(block))
            yield block

    files = _write_files(url, _record_batches(checked(), spec.tokens))
    index = ShardIndex(spec, dict(documents), dict(counted), (0, *accumulate(sizes)), tuple(files))
    write_bytes_atomic(join(url, INDEX_NAME), index.to_json())
    return index


def _write_files(url: str, batches: Iterator[pa.RecordBatch]) -> list[str]:
    names: list[str] = []
    local = is_local(url)
    if local:
        local_path(url).mkdir(parents=True, exist_ok=True)
    waiting = next(batches, None)
    with tempfile.TemporaryDirectory(dir=local_path(url) if local else None, prefix=".writing-") as folder:
        while waiting is not None:
            name = f"shard-{len(names):05d}.arrow"
            path = Path(folder) / name
            size = 0
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, waiting.schema) as writer:
                while waiting is not None and size < _FILE_BYTES:
                    writer.write_batch(waiting)
                    size += waiting.nbytes
                    waiting = next(batches, None)
            _move(path, join(url, name))
            names.append(name)
    return names


def _move(path: Path, url: str) -> None:
    if is_local(url):
        path.replace(local_path(url))
        return
    filesystem, target = open_filesystem(url)
    filesystem.put_file(str(path), target)
    path.unlink()


def _record_batches(
    blocks: Iterable[Sequence[ShardDocument]], tokens: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    documents: list[ShardDocument] = []
    size = 0
    for block in blocks:
        documents.extend(block)
        size += sum(document.nbytes for document in block)
        if size >= _BATCH_BYTES:
            yield record_batch(documents, tokens)
            documents, size = [], 0
    if documents:
        yield record_batch(documents, tokens)


def record_batch(documents: Sequence[ShardDocument], tokens: Sequence[str] = ()) -> pa.RecordBatch:
    """Return documents in the layout of `SHARD_SCHEMA`, and behind it that of `token_fields(tokens)`."""
    columns: dict[str, Any] = {
        name: pa.array([getattr(document, name) for document in documents], SHARD_SCHEMA.field(name).type)
        for name in (
            "doc_id",
            "group_id",
            "source",
            "family",
            "split",
            "language",
            "image_bytes",
            *_OF_IMAGES,
            *_OF_TEXTS,
        )
    }
    for name in ("pixels", "words", "text_features", "prior"):
        columns[name] = _flat([getattr(document, name) for document in documents], np.dtype(np.float32))
    columns["link"] = _flat([_links(document) for document in documents], np.dtype(np.int8))
    told = {
        "picture_words": [document.picture_words or [""] * len(document.image_id) for document in documents],
        "text_title": [document.text_title or [""] * len(document.text) for document in documents],
    }
    columns |= {name: pa.array(values, SHARD_SCHEMA.field(name).type) for name, values in told.items()}
    columns["has_links"] = pa.array([document.link is not None for document in documents])
    columns |= token_columns(documents, tokens)
    schema = pa.schema([*SHARD_SCHEMA, *token_fields(tokens)])
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _links(document: ShardDocument) -> NDArray[np.int8]:
    if document.link is None:
        return np.zeros(document.prior.shape, np.int8)
    return np.asarray(document.link, np.int8)


def _flat(matrices: Sequence[NDArray[np.generic]], dtype: np.dtype[np.generic]) -> Any:
    offsets = np.zeros(len(matrices) + 1, np.int32)
    np.cumsum([matrix.size for matrix in matrices], out=offsets[1:])
    values = np.concatenate([np.empty(0, dtype), *(matrix.ravel() for matrix in matrices)]).astype(
        dtype, copy=False
    )
    lists: Any = pa.ListArray
    return lists.from_arrays(pa.array(offsets), pa.array(values))


def _split_of(block: Sequence[ShardDocument]) -> str:
    splits = {document.split for document in block}
    if len(splits) != 1 or not splits <= set(SPLITS):
        raise ValueError(f"a block has one split of {SPLITS}, not {sorted(splits)}")
    return splits.pop()


def _check(document: ShardDocument, spec: ShardSpec) -> None:
    images, texts = len(document.image_position), len(document.text_position)
    shapes = {
        "pixels": (images, spec.pixel_width),
        "words": (images, spec.word_width),
        "text_features": (texts, spec.text_width),
        "prior": (images, texts),
        "link": (images, texts),
    }
    for name, shape in shapes.items():
        array = getattr(document, name)
        # A matrix without values may have any shape.
        if array is not None and array.shape != shape and (array.size or prod(shape)):
            raise ValueError(f"{name} of document {document.doc_id} has shape {array.shape}, not {shape}")
    for names, length in ((_OF_IMAGES, images), (_OF_TEXTS, texts)):
        for name in names:
            found = len(getattr(document, name))
            if found != length:
                raise ValueError(f"{name} of document {document.doc_id} has {found} items, not {length}")
    check_tokens(document, spec, {"images": images, "texts": texts})
    optional = {
        "picture_words": (len(document.picture_words), images, "images"),
        "image_bytes": (len(document.image_bytes), images, "images"),
        "text_title": (len(document.text_title), texts, "texts"),
    }
    for name, (found, all_of_them, of_what) in optional.items():
        if found not in (0, all_of_them):
            raise ValueError(f"document {document.doc_id} has {name} for {found} of {all_of_them} {of_what}")
