"""Lines as MMC4 has them: a list of texts, and for each image the text that it belongs to.

Zhu et al. 2023, "Multimodal C4: An Open, Billion-scale Corpus of Images Interleaved with Text"
(arXiv:2304.06939), and the fields of its repository. Two things are better here than there: the place of an
image is where its document shows it, not an assignment, and `similarity_matrix` is 1 for the text that
follows the image or is its caption, and 0 elsewhere, where MMC4 has CLIP's cosines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.export.documents import Document, Item
from pipeline.export.place import Exported, Folder

_LINES = 1000


def export_mmc4(documents: Iterator[Document], folder: Folder) -> Exported:
    """Write `docs_shard_<n>.jsonl` and the pictures under their `image_name` in `images/`.

    Readers put an image before the text of its `matched_text_index`; so that one after the last text keeps
    its place, such a document ends with an empty text.
    """
    lines: list[str] = []
    number = count = images = 0
    for document in documents:
        line = _line(document, folder)
        lines.append(json.dumps(line, ensure_ascii=False))
        count += 1
        images += len(line["image_info"])
        if len(lines) == _LINES:
            _write(folder, number, lines)
            lines, number = [], number + 1
    if lines or number == 0:
        _write(folder, number, lines)
    return Exported(count, images, folder.files)


def _line(document: Document, folder: Folder) -> dict[str, Any]:
    texts = [item for item in document.items if item.image_id is None]
    pictures = [item for item in document.items if item.image_id is not None]
    following = [sum(text.position < picture.position for text in texts) for picture in pictures]
    listed = [text.text or "" for text in texts]
    if len(texts) in following:
        listed.append("")
    return {
        "url": document.uri,
        "text_list": listed,
        "image_info": [
            _info(document, picture, index, folder)
            for picture, index in zip(pictures, following, strict=True)
        ],
        "similarity_matrix": [
            _similarities(picture, index, texts, len(listed))
            for picture, index in zip(pictures, following, strict=True)
        ],
        "could_have_url_duplicate": 0,
        "doc_id": document.doc_id,
        "language": document.language,
        "license": document.license,
    }


def _info(document: Document, item: Item, index: int, folder: Folder) -> dict[str, Any]:
    assert item.image_id is not None
    picture = document.pictures[item.image_id]
    return {
        "image_name": folder.picture(picture).removeprefix("images/"),
        "raw_url": item.image_url,
        "matched_text_index": index,
        "matched_sim": 1.0,
        "face_detections": None,
        "alt": item.alt,
        "sha256": picture.image_id,
        "width": picture.width,
        "height": picture.height,
    }


def _similarities(picture: Item, index: int, texts: Sequence[Item], width: int) -> list[float]:
    row = [0.0] * width
    row[index] = 1.0
    for place, text in enumerate(texts):
        if text.caption_of == picture.position:
            row[place] = 1.0
    return row


def _write(folder: Folder, number: int, lines: list[str]) -> None:
    folder.write(f"docs_shard_{number}.jsonl", "".join(line + "\n" for line in lines).encode())
