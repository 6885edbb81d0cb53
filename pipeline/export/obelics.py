"""Rows as OBELICS has them: two lists with one place for each run of text and each image.

Laurençon et al. 2023, "OBELICS: An Open Web-Scale Filtered Dataset of Interleaved Image-Text Documents"
(arXiv:2306.16527), and its dataset card: `images` and `texts` have the same length and one of the two is null
at each place; `metadata` and `general_metadata` are JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pyarrow as pa

from pipeline.export.documents import Document, Item
from pipeline.export.parquet import write_shards
from pipeline.export.place import Exported, Folder
from storage.words import own_words

_COLUMNS: dict[str, pa.DataType] = {
    "images": pa.list_(pa.string()),
    "metadata": pa.string(),
    "general_metadata": pa.string(),
    "texts": pa.list_(pa.string()),
}
SCHEMA = pa.schema(_COLUMNS)
#: What OBELICS puts between the paragraphs of one text.
BETWEEN = "\n\n"


def export_obelics(documents: Iterator[Document], folder: Folder) -> Exported:
    """Write `data/train-*.parquet`, and beside it the pictures that have no address on the web.

    An image of the web is named by its URL, as in OBELICS; its bytes are written all the same, and each
    image's metadata say under which name and with which sha256.
    """
    return write_shards(documents, folder, SCHEMA, _row)


def _row(document: Document, folder: Folder) -> Mapping[str, Any]:
    images: list[str | None] = []
    texts: list[str | None] = []
    metadata: list[dict[str, Any] | None] = []
    for _, group in groupby(document.items, lambda item: item.position if item.image_id else -1):
        run = list(group)
        if run[0].image_id is None:
            images.append(None)
            texts.append(BETWEEN.join(item.text or "" for item in run))
            metadata.append(None)
        else:
            about = _about(document, run[0], folder)
            images.append(about["src"])
            texts.append(None)
            metadata.append(about)
    general = {
        "url": document.uri,
        "doc_id": document.doc_id,
        "title": document.title,
        "language": document.language,
        "license": document.license,
        "source": document.source,
    }
    return {
        "images": images,
        "texts": texts,
        "metadata": json.dumps(metadata, ensure_ascii=False),
        "general_metadata": json.dumps(general, ensure_ascii=False),
    }


def _about(document: Document, item: Item, folder: Folder) -> dict[str, Any]:
    assert item.image_id is not None
    picture = document.pictures[item.image_id]
    name = folder.picture(picture)
    url = item.image_url or ""
    on_the_web = url.startswith(("http://", "https://")) and "#inline-" not in url
    return {
        "document_url": document.uri,
        "unformatted_src": url,
        "src": url if on_the_web else name,
        "formatted_filename": own_words(url, None),
        "alt_text": item.alt,
        "original_width": picture.width,
        "original_height": picture.height,
        "format": picture.extension,
        "file": name,
        "sha256": picture.image_id,
    }
