"""Tar files as WebDataset reads them: a sample is a document, its pictures beside its text.

The files of a sample share a key, the document's id. `<key>.json` lists the elements in order; the picture of
the element at position 12 is `<key>.12.png`.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

from pipeline.export.documents import Document
from pipeline.export.place import Exported, Folder

_MAX_BYTES = 100_000_000
_FIELDS = ("doc_id", "source", "family", "uri", "title", "language", "license")


class _Tar:
    """A tar file in memory."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._archive = tarfile.TarFile(fileobj=self._buffer, mode="w", format=tarfile.USTAR_FORMAT)

    def add(self, name: str, data: bytes) -> None:
        # Neither time nor owner: the same documents give the same bytes.
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._archive.addfile(member, io.BytesIO(data))

    def size(self) -> int:
        return self._buffer.tell()

    def close(self) -> bytes:
        self._archive.close()
        return self._buffer.getvalue()


def export_webdataset(documents: Iterator[Document], folder: Folder) -> Exported:
    """Write `shard-000000.tar` and so on, of about 100 MB each."""
    tar = _Tar()
    number = count = images = 0
    for document in documents:
        images += _add(tar, document)
        count += 1
        if tar.size() >= _MAX_BYTES:
            folder.write(f"shard-{number:06d}.tar", tar.close())
            tar, number = _Tar(), number + 1
    if number == 0 or tar.size() > 0:
        folder.write(f"shard-{number:06d}.tar", tar.close())
    return Exported(count, images, folder.files)


def _add(tar: _Tar, document: Document) -> int:
    elements: list[dict[str, Any]] = []
    pictures: list[tuple[str, bytes]] = []
    for item in document.items:
        values = {**vars(item), "section_path": list(item.section_path)}
        if item.image_id is not None:
            picture = document.pictures[item.image_id]
            values["file"] = f"{item.position}.{picture.extension}"
            pictures.append((values["file"], picture.data))
        elements.append(values)
    about = {name: getattr(document, name) for name in _FIELDS}
    tar.add(
        f"{document.doc_id}.json", json.dumps(about | {"elements": elements}, ensure_ascii=False).encode()
    )
    for name, data in pictures:
        tar.add(f"{document.doc_id}.{name}", data)
    return len(pictures)
