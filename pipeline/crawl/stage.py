"""The stage `crawl`: web sources to WARC files, and a row for each URL that gave no page."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.crawl.folder import CrawlSummary, crawl_folder, read_summary, write_summary
from pipeline.crawl.settings import crawl_settings
from pipeline.recipe import NetworkSettings, Recipe, WebSource
from pipeline.stage import Chunk, Context, Stage
from storage.errors import LooseleafError
from storage.filesystem import is_local, join, local_path, open_filesystem, read_bytes
from storage.schemas import table_of


def ensure_crawl(dataset: str, source: WebSource, network: NetworkSettings) -> CrawlSummary:
    """Crawl a source, unless that was done before, and return what there is.

    Raises:
        LooseleafError: if the crawling process fails.
    """
    folder = crawl_folder(dataset, source)
    summary = read_summary(folder)
    if summary is not None:
        return summary
    if is_local(folder):
        return _crawl_into(local_path(folder), source, network)
    with tempfile.TemporaryDirectory(prefix="looseleaf-crawl-") as temporary:
        summary = _crawl_into(Path(temporary), source, network)
        filesystem, path = open_filesystem(folder)
        for name in (*summary.warc, summary.rejections):
            filesystem.put_file(str(Path(temporary) / name), join(path, name))
        write_summary(folder, summary)
        return summary


def _crawl_into(folder: Path, source: WebSource, network: NetworkSettings) -> CrawlSummary:
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "settings.json"
    settings.write_text(crawl_settings(str(folder), source, network).model_dump_json())
    log = folder / "crawl.log"
    with log.open("wb") as output:
        # Nothing is ever written to its input: the process watches it to end together with this one.
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.crawl.spider_process", str(settings)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        status = process.wait()
    summary = read_summary(str(folder))
    if status != 0 or summary is None:
        lines = log.read_text(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it said nothing"
        raise LooseleafError(
            f"the crawl of source {source.name!r} failed ({last}); see {log} and build again."
        )
    return summary


def _plan(context: Context) -> Iterator[Chunk]:
    for source in context.recipe.sources:
        if isinstance(source, WebSource):
            yield Chunk({"source": source.name, "folder": crawl_folder("", source).lstrip("/")})


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    source = next(source for source in context.recipe.sources if source.name == chunk.inputs["source"])
    assert isinstance(source, WebSource)
    summary = ensure_crawl(context.dataset, source, context.recipe.network)
    lines = read_bytes(join(crawl_folder(context.dataset, source), summary.rejections)).decode().splitlines()
    return {
        "rejections": table_of("rejections", [_rejection(source.name, json.loads(line)) for line in lines])
    }


def _rejection(source: str, line: Mapping[str, Any]) -> dict[str, object]:
    return {
        "stage": "crawl",
        "unit": "page",
        "unit_id": line["url"],
        "source": source,
        "rule": line["rule"],
        "value": line["value"],
        "threshold": line["threshold"],
        "detail": line["detail"],
    }


def _settings(recipe: Recipe) -> Mapping[str, Any]:  # noqa: ARG001
    # The chunk's folder holds a hash of all that shapes a crawl.
    return {}


CRAWL = Stage("crawl", ("rejections",), _plan, _process, _settings)
