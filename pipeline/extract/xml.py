"""XML that nobody vouches for: no entities, no fetching, no recovery."""

from __future__ import annotations

from lxml import etree

from pipeline.extract.element import UnreadableDocumentError

_DECLARATIONS = tuple(
    mark.encode(encoding) for mark in ("<!ENTITY",) for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of an XML part.

    Args:
        data: its bytes.
        name: what errors call it.

    Raises:
        UnreadableDocumentError: if it is not well-formed, or declares entities (which documents of these
            kinds never need, and bombs do).
    """
    if any(mark in data for mark in _DECLARATIONS):
        raise UnreadableDocumentError(
            "xml_entities", f"The part {name[:80]!r} declares XML entities, which are not expanded."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocumentError(
            "broken_xml", f"The part {name[:80]!r} is not well-formed XML ({error})."
        ) from error
    if root is None:
        raise UnreadableDocumentError("broken_xml", f"The part {name[:80]!r} holds no XML.")
    return root


def local_name(node: etree._Element) -> str:
    """Return the tag of a node without its namespace; empty for what is no element."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
