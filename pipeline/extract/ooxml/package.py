"""An Office document's package (ECMA-376, part 2): parts, and the relations between them.

It is read as a zip of XML and not through python-docx or python-pptx: those refuse a whole document for one
dangling relation, and show neither text boxes nor notes, formulas or tracked changes.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Any

from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.ooxml.names import REL, transitional
from pipeline.extract.xml import local_name, parse_xml
from pipeline.extract.zip_package import ZipPackage


@dataclass(frozen=True)
class Relation:
    """A relation of a part: the last word of its type, and the part (or the URL) that it leads to."""

    kind: str
    target: str
    external: bool


class Part:
    """An XML part: its tree, and its relations by their ids."""

    def __init__(self, package: ZipPackage, name: str, required: bool = False) -> None:
        self.package = package
        self.name = name
        data = package.required(name) if required else package.read(name)
        self.root: Any = parse_xml(data, name) if data is not None else None
        if self.root is not None:
            transitional(self.root)
        self.relations = relations_of(package, name)

    def image(self, relation_id: str | None) -> tuple[bytes | None, str | None]:
        """Return the bytes of the image that a relation leads to, or its URL where it is outside."""
        relation = self.relations.get(relation_id or "")
        if relation is None:
            return None, None
        if relation.external:
            return None, relation.target
        return self.package.read(relation.target) or None, None

    def part(self, relation_id: str | None) -> Part | None:
        """Return the XML part that a relation leads to, or None where it is not there or is broken."""
        relation = self.relations.get(relation_id or "")
        if relation is None or relation.external or relation.target not in self.package:
            return None
        return _tolerant(self.package, relation.target)

    def first(self, kind: str) -> Part | None:
        """Return the first XML part that a relation of this kind leads to."""
        return next((found for found in self.all(kind)), None)

    def all(self, kind: str) -> list[Part]:
        """Return the XML parts that relations of this kind lead to."""
        found = [self.part(key) for key, relation in self.relations.items() if relation.kind == kind]
        return [part for part in found if part is not None]


def main_part(package: ZipPackage) -> Part:
    """Return the part that holds the document itself.

    Raises:
        UnreadableDocumentError: if there is none.
    """
    for relation in relations_of(package, "").values():
        if relation.kind == "officeDocument" and not relation.external:
            return Part(package, relation.target, required=True)
    raise UnreadableDocumentError("missing_part", f"The {package.kind} names no main part.")


def relations_of(package: ZipPackage, name: str) -> dict[str, Relation]:
    """Return the relations of a part by their ids; of the package where `name` is empty."""
    folder, base = posixpath.split(name)
    data = package.read(posixpath.join(folder, "_rels", f"{base}.rels"))
    if data is None:
        return {}
    found: dict[str, Relation] = {}
    for node in parse_xml(data, f"{name}.rels"):
        if local_name(node) != "Relationship":
            continue
        target = node.get("Target") or ""
        external = node.get("TargetMode") == "External"
        if not external:
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        found[node.get("Id") or ""] = Relation((node.get("Type") or "").rpartition("/")[2], target, external)
    return found


def relation_id(node: Any, name: str = "id") -> str | None:
    """Return the relation that an attribute such as `r:id` or `r:embed` names."""
    value: str | None = node.get(f"{REL}{name}")
    return value


def _tolerant(package: ZipPackage, name: str) -> Part | None:
    """Return a part that the document can do without: None where it is not XML."""
    try:
        part = Part(package, name)
    except UnreadableDocumentError as error:
        if error.rule != "broken_xml":
            raise
        return None
    return part if part.root is not None else None
