"""Crawls a generated site, killing it again and again, and counts what was lost, doubled or hurried."""

import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from pipeline.crawl.folder import crawl_folder, read_summary
from pipeline.recipe import recipe_from_dict
from tests.pipeline.crawl.crawling import all_records, records, run

#: Runs the stage as a build does.
STAGE = """
import sys
from pipeline.crawl.stage import CRAWL
from pipeline.recipe import Recipe
from pipeline.stage import Context

context = Context(sys.argv[1], Recipe.model_validate_json(sys.argv[2]), "b")
for chunk in CRAWL.plan(context):
    CRAWL.process(context, chunk)
"""


def recipe_for(site, delay, **more):
    source = {
        "kind": "web",
        "name": "generated",
        "start": [site.url("/p/0.html")],
        "allow": [f"http://{host}/" for host in site.allowed],
        "delay": delay,
        "concurrency": 1,
        "max_pages": 10 * site.pages,
        "recrawl_after": 0.0,
    }
    network = {"allow_private": site.allowed, "timeout": 20}
    return recipe_from_dict({"name": "t", "sources": [source | more], "network": network})


def start(dataset, recipe):
    return subprocess.Popen([sys.executable, "-c", STAGE, str(dataset), recipe.model_dump_json()])


def children(process):
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in text.split()]


def kill_at(process, site, asked, more_seconds):
    """Kill a crawl with all its processes so many seconds after the site was asked so often in all."""
    until = time.monotonic() + 120
    while site.count_asked() < asked:
        assert process.poll() is None, "the crawl ended before its moment came"
        assert time.monotonic() < until
        time.sleep(0.001)
    time.sleep(more_seconds)
    pids = [*children(process), process.pid]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    process.wait()


def kill_again_and_again(dataset, site, recipe, kills, seed):
    """Kill the crawl at seeded random moments, each after some more requests, and then let it end."""
    chance = random.Random(seed)
    room = site.pages // (kills + 2)
    for _ in range(kills):
        process = start(dataset, recipe)
        kill_at(process, site, site.count_asked() + chance.randint(1, room), chance.uniform(0.0, 0.05))
    assert start(dataset, recipe).wait(timeout=240) == 0


def check_nothing_lost_doubled_or_hurried(dataset, site, recipe):
    folder = crawl_folder(str(dataset), recipe.sources[0])
    assert set(records(str(dataset), recipe.sources[0])) == site.urls(), "no page is lost"
    stored = all_records(Path(folder))
    assert len(stored) == len(set(stored)), "no page is stored twice"
    assert set(stored) == site.urls()
    assert read_summary(folder).pages == site.pages
    delay = recipe.sources[0].delay
    for host in {one.host for one in site.asked()}:
        arrivals = sorted(one.at for one in site.asked() if one.host == host)
        assert min(later - earlier for earlier, later in pairwise(arrivals)) >= delay


def check_second_crawl_is_small(dataset, site, recipe):
    """Crawl again with nothing changed: below 2 % of the bytes, and the same pages at the same places."""
    before = site.asked()
    pages = records(str(dataset), recipe.sources[0])
    run(str(dataset), recipe)
    again = site.asked()[len(before) :]
    first = sum(one.sent for one in before)
    second = sum(one.sent for one in again)
    assert {one.status for one in again if one.path.startswith("/p/")} == {304}
    assert len(again) >= site.pages
    assert second < 0.02 * first, f"{second} of {first} bytes"
    assert records(str(dataset), recipe.sources[0]) == pages
    assert read_summary(crawl_folder(str(dataset), recipe.sources[0])).round == 2
