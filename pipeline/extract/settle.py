"""What a reader left open: image references are bound to files, inline images named after their document."""

from __future__ import annotations

from dataclasses import replace

from pipeline.extract.element import ReadDocument
from pipeline.extract.local import Home, resolve_local
from pipeline.extract.rows import DocumentFacts, Rows


def settle(rows: Rows, facts: DocumentFacts, read: ReadDocument, home: Home | None) -> ReadDocument:
    """Bind image references to files, and name inline images after the document's uri.

    Args:
        rows: where references that leave the root are told.
        facts: of the document.
        read: the document.
        home: where it stands; None for a web page.
    """
    elements = []
    for element in read.elements:
        settled = element
        if element.kind == "image" and element.image_id is not None:
            url = f"{facts.uri}#inline-{element.position}"
            settled = replace(element, image_url=url, image_candidates=(url,))
        elif element.kind == "image":
            settled, refused = resolve_local(element, home)
            if refused is not None:
                detail = f"The reference {refused} of {facts.uri} leaves the root of its source."
                rows.reject("image_url", settled.image_url or refused, facts.source, "outside_root", detail)
        elements.append(settled)
    return replace(read, elements=tuple(elements))
