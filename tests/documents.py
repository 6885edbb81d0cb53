"""What the tests of readers share: pictures, zips, and a document's elements as short rows."""

from __future__ import annotations

import tarfile
import zipfile
from io import BytesIO
from typing import Any

from PIL import Image

from pipeline.extract.element import ReadDocument

#: Kind, level, text, section path, caption_of, alt, page.
Row = tuple[str, int | None, str | None, tuple[str, ...], int | None, str | None, int | None]


def png(shade: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a picture that differs for each shade."""
    file = BytesIO()
    Image.new("RGB", size, (shade, 80, 200)).save(file, "PNG")
    return file.getvalue()


def rows_of(document: ReadDocument) -> list[Row]:
    """Return every element as a row, in order."""
    return [(e.kind, e.level, e.text, e.section_path, e.caption_of, e.alt, e.page) for e in document.elements]


def images_of(document: ReadDocument) -> list[bytes]:
    """Return the bytes of the images, in order."""
    return [document.inline_images[e.image_id] for e in document.elements if e.image_id is not None]


def zipped(parts: dict[str, bytes | str], stored: str | None = None) -> bytes:
    """Return a zip archive of `parts`; the one called `stored` is not compressed."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            method = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, compress_type=method)
    return file.getvalue()


def replaced(data: bytes, changes: dict[str, Any]) -> bytes:
    """Return a zip document with parts replaced: by bytes or a function of them; None drops one."""
    parts: dict[str, bytes | str] = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            change = changes.get(name, archive.read(name))
            new = change(archive.read(name)) if callable(change) else change
            if new is not None:
                parts[name] = new
    for name, change in changes.items():
        if name not in parts and isinstance(change, bytes | str):
            parts[name] = change
    return zipped(parts)


def tarred(parts: dict[str, bytes | str], compression: str = "") -> bytes:
    """Return a tar archive of `parts`."""
    file = BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{compression}") as archive:
        for name, data in parts.items():
            content = data.encode() if isinstance(data, str) else data
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return file.getvalue()
