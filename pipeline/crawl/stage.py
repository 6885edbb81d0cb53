"""The stage `crawl`: web sources to WARC files, and a row for each URL that gave no page."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.crawl.finish import finish_round
from pipeline.crawl.folder import CrawlSummary, crawl_folder, due_round, read_summary
from pipeline.crawl.frontier.database import Database, open_database
from pipeline.crawl.frontier.entries import Found, Refusal
from pipeline.crawl.frontier.rounds import begin_round
from pipeline.crawl.removal import forget_in_workplace
from pipeline.crawl.removed import refusal_of
from pipeline.crawl.settings import CrawlSettings, crawl_settings
from pipeline.crawl.urls import BadUrlError, canonical
from pipeline.crawl.workplace import open_workplace, publish
from pipeline.recipe import NetworkSettings, Recipe, WebSource
from pipeline.removal.remove import apply_removals
from pipeline.removal.tombstones import read_tombstones
from pipeline.stage import Chunk, Context, Stage
from storage.errors import LooseleafError
from storage.filesystem import join, read_bytes
from storage.schemas import table_of

#: A round whose files lost pages is taken up again so often.
_TRIES = 3


def ensure_crawl(
    dataset: str, source: WebSource, network: NetworkSettings, round_number: int
) -> CrawlSummary:
    """Bring a source's crawl to the end of a round, unless that was done before; return what it left.

    A round that was begun goes on where it was.

    Raises:
        LooseleafError: if a crawling process fails.
    """
    folder = crawl_folder(dataset, source)
    summary = read_summary(folder)
    if summary is not None and summary.round >= round_number:
        return summary
    place = open_workplace(folder)
    settings = crawl_settings(str(place), folder, source, network, read_tombstones(dataset))
    database = open_database(settings.frontier, place, settings.name)
    try:
        # Of a remote dataset, another machine may have removed them since this one crawled.
        forget_in_workplace(place, database, settings.removed.has)
        begin_round(database, round_number, *_start(source, settings))
        summary = _crawl(source.name, settings, database)
    finally:
        database.close()
    publish(folder, place, summary)
    return summary


def _start(source: WebSource, settings: CrawlSettings) -> tuple[list[Found], list[Refusal]]:
    found: list[Found] = []
    refused: list[Refusal] = []
    for url in source.start:
        try:
            target = canonical(url, drop_tracking=source.drop_tracking)
        except BadUrlError as error:
            refused.append(Refusal(url, error.rule, f"the start URL cannot be asked: {error.detail}"))
            continue
        if settings.removed.has(target):
            refused.append(refusal_of(target))
        elif settings.scope.covers(target):
            found.append(Found(target, 0))
        else:
            detail = "the start URL lies outside the recipe's allow and deny rules"
            refused.append(Refusal(target, "out_of_scope", detail))
    return found, refused


def _crawl(name: str, settings: CrawlSettings, database: Database) -> CrawlSummary:
    folder = Path(settings.folder)
    for _ in range(_TRIES):
        # Also when a round seems over: another process of it may still be at work, and holds its slot.
        failure = _run_processes(settings)
        summary = finish_round(folder, database, settings.limits)
        if summary is not None:
            return summary
        if failure is not None:
            raise LooseleafError(
                f"the crawl of source {name!r} failed ({failure}); see its logs in {folder} and build again."
            )
    raise LooseleafError(
        f"the crawl of source {name!r} does not end, because its files in {folder} lose what is written; "
        "check the disk and build again."
    )


def _run_processes(settings: CrawlSettings) -> str | None:
    """Run the crawl's processes to their end; return what the first that failed said last."""
    folder = Path(settings.folder)
    written = folder / "settings.json"
    written.write_text(settings.model_dump_json())
    logs = [folder / f"crawl-{number}.log" for number in range(settings.processes)]
    processes = []
    for log in logs:
        with log.open("wb") as output:
            # Nothing is ever written to its input: the process watches it to end together with this one.
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "pipeline.crawl.spider_process", str(written)],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )
    failed = [log for process, log in zip(processes, logs, strict=True) if process.wait() != 0]
    if not failed:
        return None
    lines = failed[0].read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _plan(context: Context) -> Iterator[Chunk]:
    apply_removals(context.dataset, context.recipe.clean)
    for source in context.recipe.sources:
        if isinstance(source, WebSource):
            folder = crawl_folder("", source).lstrip("/")
            yield Chunk(
                {"source": source.name, "folder": folder, "round": due_round(context.dataset, source)}
            )


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    source = next(source for source in context.recipe.sources if source.name == chunk.inputs["source"])
    assert isinstance(source, WebSource)
    summary = ensure_crawl(context.dataset, source, context.recipe.network, chunk.inputs["round"])
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
    # The chunk's folder holds a hash of all that shapes a crawl, and its round says when it was asked.
    return {}


CRAWL = Stage("crawl", ("rejections",), _plan, _process, _settings)
