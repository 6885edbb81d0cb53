"""The package document of an e-book (EPUB 3.3, section 5; OPF 2): what it states, and its parts in order."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Any

from pipeline.extract.builder import fold
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.xml import local_name, parse_xml
from pipeline.extract.zip_package import ZipPackage

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
#: Fonts are scrambled with these, which keeps no reader from the text.
_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


@dataclass(frozen=True)
class Item:
    """A file of the book: its path in the archive, its media type and its properties."""

    path: str
    media_type: str
    properties: frozenset[str]


@dataclass(frozen=True)
class Book:
    """What the package document says; `spine` holds the files in reading order."""

    title: str | None
    language: str | None
    rights: str | None
    cover: Item | None
    spine: tuple[Item, ...]


def read_book(package: ZipPackage) -> Book:
    """Return what the package document of an e-book says.

    Raises:
        UnreadableDocumentError: if the book has none, it is broken, or its text is encrypted.
    """
    container = parse_xml(package.required(_CONTAINER), _CONTAINER)
    paths = [node.get("full-path") for node in container.iter() if local_name(node) == "rootfile"]
    if not paths or not paths[0]:
        raise UnreadableDocumentError("missing_part", "The e-book names no package document.")
    root = parse_xml(package.required(paths[0]), paths[0])
    items = _items(root, posixpath.dirname(paths[0]))
    spine = tuple(
        items[node.get("idref")]
        for node in root.iter()
        if local_name(node) == "itemref" and node.get("idref") in items
    )
    if not spine:
        raise UnreadableDocumentError("missing_part", "The e-book's package document lists nothing to read.")
    _refuse_encrypted(package, {item.path for item in spine})
    return Book(
        title=_stated(root, "title"),
        language=_stated(root, "language"),
        rights=_stated(root, "rights") or _license_link(root),
        cover=_cover(root, items),
        spine=spine,
    )


def _items(root: Any, folder: str) -> dict[str, Item]:
    return {
        node.get("id") or "": Item(
            posixpath.normpath(posixpath.join(folder, (node.get("href") or "").partition("#")[0])),
            (node.get("media-type") or "").lower(),
            frozenset((node.get("properties") or "").split()),
        )
        for node in root.iter()
        if local_name(node) == "item" and node.get("href")
    }


def _cover(root: Any, items: dict[str, Item]) -> Item | None:
    for item in items.values():
        if "cover-image" in item.properties:
            return item
    for node in root.iter():
        if local_name(node) == "meta" and node.get("name") == "cover":
            found = items.get(node.get("content") or "")
            return found if found is not None and found.media_type.startswith("image/") else None
    return None


def _stated(root: Any, name: str) -> str | None:
    for node in root.iter():
        if local_name(node) == name and fold("".join(node.itertext())):
            return fold("".join(node.itertext()))
    return None


def _license_link(root: Any) -> str | None:
    for node in root.iter():
        if local_name(node) == "link" and "license" in (node.get("rel") or ""):
            return node.get("href") or None
    return None


def _refuse_encrypted(package: ZipPackage, needed: set[str]) -> None:
    data = package.read(_ENCRYPTION)
    if data is None:
        return
    for node in parse_xml(data, _ENCRYPTION).iter():
        if local_name(node) != "EncryptedData":
            continue
        method = next((n.get("Algorithm") for n in node if local_name(n) == "EncryptionMethod"), "")
        uris = [n.get("URI") for n in node.iter() if local_name(n) == "CipherReference"]
        if method not in _OBFUSCATION and needed & {posixpath.normpath(uri or "") for uri in uris}:
            raise UnreadableDocumentError("encrypted", "The e-book is encrypted (digital rights management).")
