"""The stage `extract`: files, cases and crawled pages to documents and their elements."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from pipeline.crawl.folder import crawl_folder
from pipeline.extract.case.rows import add_case
from pipeline.extract.document import read_document
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.local import Home
from pipeline.extract.media import media_type_of
from pipeline.extract.plan import plan_chunks
from pipeline.extract.rows import DocumentFacts, Rows
from pipeline.extract.settle import settle
from pipeline.extract.sidecar import Sidecar, match_links, parse_sidecar
from pipeline.images.opt_out import opt_out_among
from pipeline.licenses import license_of_links
from pipeline.network.agent import product_token, user_agent
from pipeline.privacy.mask import mask
from pipeline.recipe import Recipe, WebSource
from pipeline.removal.remove import apply_removals
from pipeline.removal.tombstones import read_tombstones
from pipeline.sources.archives import unpacked_folder
from pipeline.sources.files import doc_id_of, family_of
from pipeline.sources.warc import read_page
from pipeline.stage import Chunk, Context, Stage
from storage.filesystem import join, read_bytes

_UNKNOWN = "application/octet-stream"


def process_chunk(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    """Read the documents of a chunk; a document that cannot be read has a row and a reason."""
    inputs = chunk.inputs
    source: Mapping[str, Any] = inputs["source"]
    rows = Rows(
        mask=context.recipe.clean.mask,
        tombstones=read_tombstones(context.dataset),
        product=_product(context.recipe),
    )
    if inputs["kind"] == "refusals":
        for refusal in inputs["refusals"]:
            rows.reject(
                "file",
                refusal["path"],
                source["name"],
                refusal["rule"],
                refusal["detail"],
                refusal["value"],
                refusal["threshold"],
            )
        return rows.tables()
    warcs = ""
    if inputs["kind"] == "pages":
        recipe_source = next(s for s in context.recipe.sources if s.name == source["name"])
        assert isinstance(recipe_source, WebSource)
        warcs = crawl_folder(context.dataset, recipe_source)
    for item in chunk.items:
        if inputs["kind"] == "cases":
            add_case(rows, context.dataset, source, item.inputs)
        elif inputs["kind"] == "files":
            _read_file(rows, context.dataset, source, item.inputs)
        else:
            _read_page(rows, source, join(warcs, item.inputs["warc"]), item.inputs)
        rows.end_item()
    return rows.tables()


def _read_file(rows: Rows, dataset: str, source: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    inner, archive = document["inner"], document["archive"]
    root = source["root"] if archive is None else unpacked_folder(dataset, archive)
    home = Home(join(root, inner) if inner else root, root)
    doc_id = doc_id_of(source["name"], document["path"])
    folder = document["path"].rpartition("/")[0]
    sidecar = Sidecar()
    if document["sidecar"] is not None:
        sidecar = _sidecar(rows, source, join(root, inner.rpartition("/")[0], source["links"]), folder)
    facts = DocumentFacts(
        doc_id=doc_id,
        source=source["name"],
        uri=document["uri"],
        path=document["path"],
        family=family_of(source["name"], source["family"], doc_id, folder, sidecar.family),
        media_type=media_type_of(inner) or _UNKNOWN,
        license=sidecar.license or source["license"],
        license_from="sidecar" if sidecar.license else "recipe",
    )
    if rows.refuse_removed(facts):
        return
    if document["page"] is not None:
        page = document["page"]
        facts = replace(facts, media_type=page["media_type"])
        _read_record(rows, facts, home.location, page["offset"], source["max_bytes"])
        return
    if document["size"] > source["max_bytes"]:
        _reject_size(rows, facts, document["size"], source["max_bytes"])
        return
    try:
        data = read_bytes(home.location)
    except OSError as error:
        rows.add_document(facts, None, document["size"], None)
        detail = f"The file cannot be opened ({error.strerror or error})."
        rows.reject("document", doc_id, facts.source, "unreadable", detail)
        return
    if rows.refuse_removed(facts, data):
        return
    read = _read(rows, facts, data, home.url, None)
    if read is not None:
        read = settle(rows, facts, read, home)
    rows.add_document(facts, data, len(data), read)
    if read is not None and sidecar.links:
        _link(rows, facts, sidecar, read)


def _read_page(rows: Rows, source: Mapping[str, Any], warc: str, document: Mapping[str, Any]) -> None:
    url = document["url"]
    doc_id = doc_id_of(source["name"], url)
    path = unquote(urlsplit(url).path) or "/"
    facts = DocumentFacts(
        doc_id=doc_id,
        source=source["name"],
        uri=url,
        path=path,
        family=family_of(source["name"], source["family"], doc_id, url.rpartition("/")[0]),
        media_type=document["media_type"],
        license=source["license"],
        license_from="recipe",
    )
    if not rows.refuse_removed(facts):
        _read_record(rows, facts, warc, document["offset"], source["max_bytes"])


def _read_record(rows: Rows, facts: DocumentFacts, warc: str, offset: int, max_bytes: int) -> None:
    try:
        page = read_page(warc, offset, max_bytes)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        # A body that is not compressed in the way that its header says.
        rows.add_document(facts, None, 0, None)
        detail = f"The page cannot be unpacked ({error})."
        rows.reject("document", facts.doc_id, facts.source, "unreadable", detail)
        return
    facts = replace(facts, fetched_at=page.fetched_at, opt_out=opt_out_among(page.headers, rows.product))
    stated = license_of_links(page.links)
    if stated is not None:
        facts = replace(facts, license=stated, license_from="header")
    if len(page.data) > max_bytes:
        _reject_size(rows, facts, len(page.data), max_bytes)
        return
    if rows.refuse_removed(facts, page.data):
        return
    read = _read(rows, facts, page.data, facts.uri, page.content_type)
    if read is not None:
        read = settle(rows, facts, read, None)
    rows.add_document(facts, page.data, len(page.data), read)


def _read(
    rows: Rows, facts: DocumentFacts, data: bytes, url: str, content_type: str | None
) -> ReadDocument | None:
    try:
        read = read_document(data, facts.media_type, url, content_type)
    except UnreadableDocumentError as error:
        rows.reject(
            "document", facts.doc_id, facts.source, error.rule, error.detail, error.value, error.threshold
        )
        return None
    for part in read.left_out:
        rows.reject("element", facts.doc_id, facts.source, part.rule, part.detail, part.value)
    return read


def _sidecar(rows: Rows, source: Mapping[str, Any], location: str, folder: str) -> Sidecar:
    try:
        return parse_sidecar(read_bytes(location))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        path = f"{folder}/{source['links']}".lstrip("/")
        rows.reject("file", path, source["name"], "broken_sidecar", f"The sidecar cannot be read: {error}.")
        return Sidecar()


def _link(rows: Rows, facts: DocumentFacts, sidecar: Sidecar, read: ReadDocument) -> None:
    found, lost = match_links(sidecar, read.elements)
    rows.links += [{"doc_id": facts.doc_id, "image": image, "text": text} for image, text in found]
    for image, text in lost:
        said = mask(text[:60], rows.mask)[0]
        detail = f"The link of {image} to {said!r} names what is not in the document."
        rows.reject("file", facts.path, facts.source, "unmatched_link", detail)


def _reject_size(rows: Rows, facts: DocumentFacts, size: int, limit: int) -> None:
    rows.add_document(facts, None, size, None)
    detail = f"The document has {size} bytes or more, over the limit of {limit}."
    rows.reject("document", facts.doc_id, facts.source, "too_large", detail, float(size), float(limit))


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    # Each chunk holds its source's settings.
    return {"mask": sorted(recipe.clean.mask), "product": _product(recipe)}


def _product(recipe: Recipe) -> str:
    return product_token(user_agent(recipe.network.user_agent, recipe.network.contact))


def _plan(context: Context) -> Iterator[Chunk]:
    apply_removals(context.dataset, context.recipe.clean)
    yield from plan_chunks(context)


EXTRACT = Stage(
    name="extract",
    tables=("documents", "links", "rejections"),
    plan=_plan,
    process=process_chunk,
    settings=_settings,
)
