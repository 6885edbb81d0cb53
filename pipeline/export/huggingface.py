"""A folder that `datasets.load_dataset` opens and a hub shows: Parquet, a card, Croissant metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pipeline.export.card import card
from pipeline.export.croissant import croissant
from pipeline.export.documents import Document
from pipeline.export.parquet import write_shards
from pipeline.export.place import Exported, Facts, Folder

_IMAGE: dict[str, pa.DataType] = {"bytes": pa.binary(), "path": pa.string()}
_STRINGS = pa.list_(pa.string())
_COLUMNS: dict[str, pa.DataType] = {
    "doc_id": pa.string(),
    "source": pa.string(),
    "family": pa.string(),
    "uri": pa.string(),
    "title": pa.string(),
    "language": pa.string(),
    "license": pa.string(),
    "kinds": _STRINGS,
    "texts": _STRINGS,
    "sections": _STRINGS,
    "caption_of": pa.list_(pa.int32()),
    "image_index": pa.list_(pa.int32()),
    "image_urls": _STRINGS,
    "alts": _STRINGS,
    "images": pa.list_(pa.struct(_IMAGE)),
}
#: What each column means; the card and the Croissant metadata say it too.
DESCRIPTIONS = {
    "doc_id": "name of the document, a hash of its source and path",
    "source": "the recipe's name for where the document came from",
    "family": "documents of one family belong on one side of a split",
    "uri": "where the document was read",
    "title": "title of the document",
    "language": "ISO 639-1 code of the document's language",
    "license": "SPDX name of the licence, where the document or its source states one",
    "kinds": "kind of each element, in order: heading, text, list_item, table, code, math, quote, image",
    "texts": "text of each element; null for an image",
    "sections": "nearest heading above each element",
    "caption_of": "index of the element that a caption describes; -1 for other elements",
    "image_index": "index of each element's picture in images; -1 for texts",
    "image_urls": "address of each image; null for texts",
    "alts": "alternative text of each image; null for texts",
    "images": "the pictures of the document in the order in which they stand",
}
_PLAIN = ("doc_id", "source", "family", "uri", "title", "language", "license")


def export_huggingface(documents: Iterator[Document], folder: Folder, facts: Facts) -> Exported:
    """Write `data/train-*.parquet`, `README.md` (the card) and `croissant.json`.

    Args:
        documents: what to write.
        folder: where to.
        facts: of the dataset; licences and languages are found on the way.
    """
    licenses: set[str] = set()
    languages: set[str] = set()

    def seen() -> Iterator[Document]:
        for document in documents:
            licenses.update(filter(None, [document.license]))
            languages.update(filter(None, [document.language]))
            yield document

    exported = write_shards(seen(), folder, _schema(), _row)
    known = replace(facts, licenses=tuple(sorted(licenses)), languages=tuple(sorted(languages)))
    folder.write("README.md", card(exported, DESCRIPTIONS, known).encode())
    folder.write("croissant.json", croissant(folder.url, DESCRIPTIONS, known))
    return Exported(exported.documents, exported.images, folder.files)


def _schema() -> pa.Schema:
    features: dict[str, Any] = {}
    for name, kind in _COLUMNS.items():
        if name == "images":
            features[name] = {"feature": {"_type": "Image"}, "_type": "List"}
        elif pa.types.is_list(kind):
            features[name] = {"feature": {"dtype": str(kind.value_type), "_type": "Value"}, "_type": "List"}
        else:
            features[name] = {"dtype": str(kind), "_type": "Value"}
    # With these, `datasets` gives pictures instead of bytes.
    return pa.schema(_COLUMNS, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _row(document: Document, _folder: Folder) -> Mapping[str, Any]:
    place = {item.position: index for index, item in enumerate(document.items)}
    pictures = [document.pictures[item.image_id] for item in document.items if item.image_id]
    indices: list[int] = []
    for item in document.items:
        indices.append(sum(index >= 0 for index in indices) if item.image_id else -1)
    captions = [-1 if item.caption_of is None else place.get(item.caption_of, -1) for item in document.items]
    return {
        **{name: getattr(document, name) for name in _PLAIN},
        "kinds": [item.kind for item in document.items],
        "texts": [None if item.image_id else item.text for item in document.items],
        "sections": [item.section_path[-1] if item.section_path else None for item in document.items],
        "caption_of": captions,
        "image_index": indices,
        "image_urls": [item.image_url for item in document.items],
        "alts": [item.alt for item in document.items],
        "images": [{"bytes": picture.data, "path": picture.file_name} for picture in pictures],
    }
