"""The addresses of documents: lists, one document, its original, pictures, and what was dropped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response

from flows.explorer.asking import Limit, Looking, Showing
from flows.explorer.documents import Filter, Sort, facets, list_documents
from flows.explorer.originals import NoOriginal, Original, find_original, page_count, page_picture
from flows.explorer.pictures import nearest_side
from flows.explorer.reading import about, document_row, elements, outline
from flows.explorer.rejections import list_rejections, rules
from flows.explorer.sight import Sight

router = APIRouter()

Count = Annotated[int | None, Query(ge=0)]
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
#: Nothing of an original runs or is fetched; its own styles may show.
_ORIGINAL = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
    "Cache-Control": "no-store",
}


def _narrowed(
    *,
    source: str | None = None,
    language: str | None = None,
    state: Literal["kept", "dropped"] | None = None,
    rule: str | None = None,
    cluster: int | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    min_images: Count = None,
    max_images: Count = None,
    min_words: Count = None,
    max_words: Count = None,
) -> Filter:
    return Filter(source, language, state, rule, cluster, text, min_images, max_images, min_words, max_words)


Narrowed = Annotated[Filter, Depends(_narrowed)]


@router.get("/documents")
def documents(
    sight: Looking,
    narrowed: Narrowed,
    *,
    sort: Sort = "path",
    descending: bool = False,
    after: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Give a page of documents."""
    return list_documents(sight, narrowed, sort, descending=descending, cursor=after, limit=limit)


@router.get("/facets")
def document_facets(sight: Looking, narrowed: Narrowed) -> dict[str, Any]:
    """Count documents by what they can be filtered by."""
    return facets(sight, narrowed)


@router.get("/documents/{doc_id}")
def document(sight: Looking, doc_id: str) -> dict[str, Any]:
    """Tell what is known of a document."""
    return about(sight, doc_id)


@router.get("/documents/{doc_id}/elements")
def document_elements(
    sight: Looking, doc_id: str, start: Annotated[int, Query(ge=0)] = 0, limit: Limit = 200
) -> dict[str, Any]:
    """Give some of a document's elements in reading order."""
    return elements(sight, doc_id, start, limit)


@router.get("/documents/{doc_id}/outline")
def document_outline(sight: Looking, doc_id: str) -> list[dict[str, Any]]:
    """Give a document's headings."""
    return outline(sight, doc_id)


@router.get("/documents/{doc_id}/original")
def original_about(sight: Looking, doc_id: str) -> dict[str, Any]:
    """Tell whether there is an original to show, and of what kind it is."""
    found = find_original(sight, document_row(sight, doc_id))
    if isinstance(found, NoOriginal):
        return {"kind": None, "reason": found.reason}
    return {"kind": found.kind, "bytes": len(found.content), "pages": page_count(found)}


@router.get("/documents/{doc_id}/original/content")
def original_content(sight: Looking, doc_id: str) -> Response:
    """Give the original's bytes: a page that cannot run anything, plain text, or a file to download."""
    found = _original(sight, doc_id)
    if found.kind == "html":
        return Response(
            found.content, headers=_ORIGINAL | {"Content-Type": found.content_type or "text/html"}
        )
    if found.kind == "text":
        text = found.content.decode("utf-8", "replace")
        return Response(text, headers=_ORIGINAL, media_type="text/plain; charset=utf-8")
    attached = {"Content-Disposition": "attachment"}
    return Response(found.content, headers=_ORIGINAL | attached, media_type="application/octet-stream")


@router.get("/documents/{doc_id}/original/pages/{number}")
def original_page(sight: Looking, doc_id: str, number: int) -> Response:
    """Draw a page of a PDF."""
    drawn = page_picture(_original(sight, doc_id), number)
    if drawn is None:
        raise HTTPException(404, "The original has no such page.")
    return Response(drawn, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/images/{image_id}")
def image(pictures: Showing, image_id: str, side: Annotated[int, Query(ge=16, le=2048)] = 384) -> Response:
    """Draw a picture, or say in its place why there is none."""
    found = pictures.picture(image_id, nearest_side(side))
    headers = (
        dict(_FOREVER)
        if found.fault is None
        else {"X-Looseleaf-Fault": found.fault.encode("ascii", "replace").decode()}
    )
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.get("/rules")
def rejection_rules(sight: Looking) -> list[dict[str, Any]]:
    """Give each rule with how much it dropped."""
    return rules(sight)


@router.get("/rejections")
def rejections(
    sight: Looking,
    *,
    unit: str | None = None,
    rule: str | None = None,
    source: str | None = None,
    after: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Give a page of what was dropped."""
    return list_rejections(sight, unit, rule, source, cursor=after, limit=limit)


def _original(sight: Sight, doc_id: str) -> Original:
    found = find_original(sight, document_row(sight, doc_id))
    if isinstance(found, NoOriginal):
        raise HTTPException(404, found.reason)
    return found
