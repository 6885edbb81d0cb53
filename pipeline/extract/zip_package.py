"""Documents that are zip archives (Office, e-books): their parts, within limits, nothing written anywhere."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import unquote

from pipeline.extract.element import UnreadableDocumentError

MAX_PARTS = 50_000
#: The parts together may be so many times the archive's size, once they are past `RATIO_FROM` bytes.
MAX_RATIO = 200.0
RATIO_FROM = 64_000_000
MAX_BYTES = 1_000_000_000
#: One part: a tree of XML takes about eight times its bytes.
MAX_PART = 64_000_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class ZipPackage:
    """The parts of a zip document by their names, read one at a time.

    Args:
        data: the document.
        kind: what errors call it, such as "Word document".

    Raises:
        UnreadableDocumentError: if it is no zip archive, is encrypted, names parts outside itself, or would
            unpack to more than the limits.
    """

    def __init__(self, data: bytes, kind: str) -> None:
        self.kind = kind
        if data.startswith(_OLD_OFFICE):
            raise _old_office(data, kind)
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except _BROKEN as error:
            raise UnreadableDocumentError(
                "broken_zip", f"The {kind} is no zip archive that can be opened ({error})."
            ) from error
        entries = self._archive.infolist()
        if len(entries) > MAX_PARTS:
            raise UnreadableDocumentError(
                "too_many_parts", f"The {kind} has {len(entries)} parts.", float(len(entries)), MAX_PARTS
            )
        self._left = min(MAX_BYTES, max(int(MAX_RATIO * len(data)), RATIO_FROM))
        total = sum(entry.file_size for entry in entries)
        if total > self._left:
            raise _bomb(kind, total, self._left)
        #: Media that were read: a picture may stand on every page, and is unpacked (and counted) once.
        self._media: dict[str, bytes] = {}
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            parts = PurePosixPath(name).parts
            if ".." in parts or name.startswith("/") or (parts and parts[0].endswith(":")):
                raise UnreadableDocumentError(
                    "path_traversal", f"The {kind} has a part called {name[:80]!r}, which leaves the archive."
                )
            self._parts.setdefault(name.lower(), entry)

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._parts

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a part, or None where it is missing or broken.

        Raises:
            UnreadableDocumentError: if it is too large, or encrypted.
        """
        entry = self._parts.get(self._key(name))
        if entry is None:
            return None
        if entry.filename in self._media:
            return self._media[entry.filename]
        if entry.flag_bits & 1:
            raise UnreadableDocumentError("encrypted", f"The {self.kind} is encrypted with a password.")
        if entry.file_size > MAX_PART:
            raise UnreadableDocumentError(
                "part_too_large",
                f"The part {name[:80]!r} of the {self.kind} has {entry.file_size} bytes.",
                float(entry.file_size),
                float(MAX_PART),
            )
        try:
            data = self._archive.read(entry)
        except _BROKEN:
            return None
        self._left -= len(data)
        if self._left < 0:
            raise _bomb(self.kind, len(data) - self._left, 0)
        if not entry.filename.lower().endswith((".xml", ".rels", ".xhtml", ".html", ".opf")):
            self._media[entry.filename] = data
        return data

    def required(self, name: str) -> bytes:
        """Return the bytes of a part without which there is no document.

        Raises:
            UnreadableDocumentError: if it is missing, broken, too large or encrypted.
        """
        data = self.read(name)
        if data is None:
            raise UnreadableDocumentError(
                "missing_part", f"The {self.kind} lacks its part {name[:80]!r}, or it is broken."
            )
        return data

    def _key(self, name: str) -> str:
        key = name.lstrip("/").lower()
        return key if key in self._parts else unquote(key)


def _bomb(kind: str, size: int, limit: int) -> UnreadableDocumentError:
    return UnreadableDocumentError(
        "zip_bomb",
        f"The {kind} unpacks to {size} bytes or more, too many for its size.",
        float(size),
        float(limit),
    )


def _old_office(data: bytes, kind: str) -> UnreadableDocumentError:
    if _ENCRYPTED in data:
        return UnreadableDocumentError("encrypted", f"The {kind} is encrypted with a password.")
    return UnreadableDocumentError(
        "old_office", f"The {kind} is of the binary format before 2007; save it in the present one."
    )
