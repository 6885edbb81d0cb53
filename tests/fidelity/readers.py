"""The readers that are compared: Looseleaf, and trafilatura with images on."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urljoin

import pyarrow.parquet as pq

from pipeline.extract.stage import EXTRACT
from pipeline.images.resolve import RESOLVE
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.tables import files
from tests.fidelity.sample import Page, neighbours
from tests.fidelity.sequence import Token, image_token, text_tokens

#: So many further pages of each site are read, so that what it repeats shows.
_NEIGHBOURS = 150

#: A reader: pages to tokens, by the page's URL.
Reader = Callable[[Sequence[Page]], Mapping[str, list[Token]]]


def looseleaf(pages: Sequence[Page]) -> dict[str, list[Token]]:
    """Run the stages that read, one source for each corpus, and return what is not marked as boilerplate.

    Pages beside those of the sample are read too: marks come from what the site repeats.
    """
    roots = {page.corpus: page.root for page in pages}
    site = [*pages, *neighbours(pages, _NEIGHBOURS)]
    sources = [
        {
            "kind": "files",
            "name": corpus,
            "root": str(root),
            "include": [page.path for page in site if page.corpus == corpus],
        }
        for corpus, root in roots.items()
    ]
    tokens: dict[str, list[Token]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="looseleaf-fidelity-") as folder:
        dataset = str(Path(folder, "dataset"))
        context = Context(dataset, recipe_from_dict({"name": "fidelity", "sources": sources}), "fidelity")
        for stage in (EXTRACT, RESOLVE):
            run_stage(stage, context, execute_here, lambda done, total: None)
        uris = {row["doc_id"]: row["uri"] for row in _rows(dataset, "documents", ["doc_id", "uri"])}
        columns = ["doc_id", "position", "kind", "text", "image_candidates", "boilerplate"]
        for row in _rows(dataset, "elements", columns):
            if row["boilerplate"]:
                continue
            page = tokens[uris[row["doc_id"]]]
            if row["kind"] == "image":
                page.append(image_token(_as_shown(url) for url in row["image_candidates"]))
            else:
                page += text_tokens(row["text"] or "")
    return tokens


def trafilatura(pages: Sequence[Page]) -> dict[str, list[Token]]:
    """Let trafilatura read, with its defaults, images and tables."""
    from lxml import etree
    from trafilatura import extract

    tokens: dict[str, list[Token]] = {}
    for page in pages:
        data = (page.root / page.path).read_bytes()
        found = extract(data, url=page.url, include_images=True, include_tables=True, output_format="xml")
        here: list[Token] = []
        for event, node in etree.iterwalk(etree.fromstring(found), ("start", "end")) if found else ():
            if event == "start" and node.tag == "graphic":
                here.append(image_token([urljoin(page.url, node.get("src") or "")]))
            here += text_tokens((node.text if event == "start" else node.tail) or "")
        tokens[page.url] = here
    return tokens


READERS: Mapping[str, Reader] = {"looseleaf": looseleaf, "trafilatura": trafilatura}


def _rows(dataset: str, table: str, columns: list[str]) -> list[dict[str, object]]:
    rows = [row for url in files(dataset, table) for row in pq.read_table(url, columns=columns).to_pylist()]
    return sorted(rows, key=lambda row: (str(row["doc_id"]), row.get("position", 0)))  # type: ignore[arg-type]


def _as_shown(url: str) -> str:
    # A browser has no URL for what is drawn in the page.
    return "svg:" if "#inline-" in url else url
