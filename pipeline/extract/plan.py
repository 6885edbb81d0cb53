"""The chunks of the stage `extract`: about so many documents and so many bytes each, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from pipeline.crawl.folder import crawl_folder, indexed_pages
from pipeline.cut import cut
from pipeline.recipe import CasesSource, FilesSource, Source, WebSource
from pipeline.sources.archives import Refusal
from pipeline.sources.cases import find_cases
from pipeline.sources.files import doc_id_of, find_documents
from pipeline.stage import Chunk, Context, Item

#: Documents of a chunk on average, and bytes at most.
DOCUMENTS = 32
MAX_BYTES = 16_000_000


@dataclass(frozen=True)
class _Document:
    """A document by its path or URL, its size, and all that shapes its rows."""

    path: str
    size: int
    inputs: dict[str, Any]


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

    def documents() -> Iterator[_Document]:
        for found in find_documents(source, dataset):
            if isinstance(found, Refusal):
                refusals.append(asdict(found))
            else:
                yield _Document(found.path, found.size, asdict(found))

    yield from _chunks("files", settings, documents())
    if refusals:
        yield Chunk({"kind": "refusals", "source": settings, "refusals": refusals})


def _case_chunks(source: CasesSource, settings: dict[str, Any], dataset: str) -> Iterator[Chunk]:
    refusals: list[dict[str, Any]] = []

    def cases() -> Iterator[_Document]:
        for found in find_cases(source, dataset):
            if isinstance(found, Refusal):
                refusals.append(asdict(found))
                continue
            # The marks of all its files are there, so that a case whose files change is read again.
            files = [[file.path, file.size, file.mark] for file in found.files]
            case = {"path": found.path, "inner": found.inner, "archive": found.archive, "uri": found.uri}
            yield _Document(found.path, found.size, {**case, "files": files})

    yield from _chunks("cases", settings, cases())
    if refusals:
        yield Chunk({"kind": "refusals", "source": settings, "refusals": refusals})


def _web_chunks(source: WebSource, settings: dict[str, Any], dataset: str) -> Iterator[Chunk]:
    """Give the pages that the latest finished crawl left, file by file.

    Chunks begin at fixed records of a file, so that a page that is gone or has changed since an earlier crawl
    makes only its own chunk new.
    """
    folder = crawl_folder(dataset, source)
    for _, group in groupby(indexed_pages(folder), lambda page: page.warc):
        for _, window in groupby(group, lambda page: page.number // DOCUMENTS):
            pages = (_Document(page.url, page.length, asdict(page)) for page in window)
            yield from _chunks("pages", settings, pages, about=None)


def _chunks(
    kind: str, settings: dict[str, Any], documents: Iterable[_Document], about: int | None = DOCUMENTS
) -> Iterator[Chunk]:
    for part in cut(
        documents,
        name=lambda one: one.path,
        size=lambda one: one.size,
        about=about,
        most_bytes=MAX_BYTES,
    ):
        items = [Item(doc_id_of(settings["name"], one.path), one.inputs) for one in part]
        yield Chunk({"kind": kind, "source": settings}, items=items)
