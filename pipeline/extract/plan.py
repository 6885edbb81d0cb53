"""The chunks of the stage `extract`: at most so many documents and so many bytes each, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from pipeline.crawl.folder import crawl_folder, indexed_pages
from pipeline.recipe import CasesSource, FilesSource, Source, WebSource
from pipeline.sources.archives import Refusal
from pipeline.sources.cases import find_cases
from pipeline.sources.files import find_documents
from pipeline.stage import Chunk, Context

MAX_DOCUMENTS = 32
MAX_BYTES = 16_000_000


def plan_chunks(context: Context) -> Iterator[Chunk]:
    """Give the chunks of every source; each names its documents and what changes when they do."""
    for source in context.recipe.sources:
        settings = _settings(source)
        if isinstance(source, FilesSource):
            yield from _file_chunks(source, settings, context.dataset)
        elif isinstance(source, CasesSource):
            yield from _case_chunks(source, settings, context.dataset)
        else:
            yield from _web_chunks(source, settings, context.dataset)


def _settings(source: Source) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": source.name,
        "license": source.license,
        "family": source.family,
        "max_bytes": source.max_bytes,
    }
    if isinstance(source, FilesSource):
        values.update(root=source.root, links=source.links)
    if isinstance(source, CasesSource):
        values.update(
            root=source.root,
            max_files=source.max_files,
            max_text_bytes=source.max_text_bytes,
            pictures=source.pictures,
        )
    return values


def _file_chunks(source: FilesSource, settings: dict[str, Any], dataset: str) -> Iterator[Chunk]:
    refusals: list[dict[str, Any]] = []
    documents: list[tuple[int, dict[str, Any]]] = []
    for found in find_documents(source, dataset):
        if isinstance(found, Refusal):
            refusals.append(asdict(found))
            continue
        documents.append((found.size, asdict(found)))
        if _is_full(documents):
            yield _chunk("files", settings, documents)
            documents = []
    if documents:
        yield _chunk("files", settings, documents)
    if refusals:
        yield Chunk({"kind": "refusals", "source": settings, "refusals": refusals})


def _case_chunks(source: CasesSource, settings: dict[str, Any], dataset: str) -> Iterator[Chunk]:
    refusals: list[dict[str, Any]] = []
    cases: list[tuple[int, dict[str, Any]]] = []
    for found in find_cases(source, dataset):
        if isinstance(found, Refusal):
            refusals.append(asdict(found))
            continue
        # The marks of all its files are there, so that a case whose files change is read again.
        files = [[file.path, file.size, file.mark] for file in found.files]
        case = {"path": found.path, "inner": found.inner, "archive": found.archive, "uri": found.uri}
        cases.append((found.size, {**case, "files": files}))
        if _is_full(cases):
            yield _chunk("cases", settings, cases)
            cases = []
    if cases:
        yield _chunk("cases", settings, cases)
    if refusals:
        yield Chunk({"kind": "refusals", "source": settings, "refusals": refusals})


def _web_chunks(source: WebSource, settings: dict[str, Any], dataset: str) -> Iterator[Chunk]:
    """Give the pages that the latest finished crawl left, file by file.

    Chunks begin at fixed records of a file, so that a page that is gone or has changed since an earlier crawl
    makes only its own chunk new.
    """
    folder = crawl_folder(dataset, source)
    for name, group in groupby(indexed_pages(folder), lambda page: page.warc):
        for _, window in groupby(group, lambda page: page.number // MAX_DOCUMENTS):
            pages: list[tuple[int, dict[str, Any]]] = []
            for page in window:
                document = asdict(page)
                del document["warc"]
                pages.append((page.length, document))
                if _is_full(pages):
                    yield _chunk("pages", settings, pages, warc=name)
                    pages = []
            if pages:
                yield _chunk("pages", settings, pages, warc=name)


def _is_full(items: list[tuple[int, dict[str, Any]]]) -> bool:
    return len(items) >= MAX_DOCUMENTS or sum(size for size, _ in items) >= MAX_BYTES


def _chunk(
    kind: str, settings: dict[str, Any], items: Iterable[tuple[int, dict[str, Any]]], **more: str
) -> Chunk:
    return Chunk({"kind": kind, "source": settings, "documents": [item for _, item in items], **more})
