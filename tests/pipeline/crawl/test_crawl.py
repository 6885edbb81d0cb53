import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.crawl.folder import crawl_folder, read_summary, warc_files
from pipeline.recipe import WebSource
from tests.pipeline.crawl.crawling import all_records, crawl, page, recipe_of, records
from tests.pipeline.network.loopback import Answer

LATIN = "<title>Größe</title><p>Ä&amp;Ö</p>".encode("latin-1")


def test_a_site_is_crawled_politely_and_kept_as_it_was_sent(serve, tmp_path):
    other = serve({"/": page()})
    big = Answer(b"<html>" + b"x" * 20_000)
    links = [
        "a.html",
        "private/x.html",
        "gone.html",
        "moved.html",
        "picture",
        "big.html",
        "elsewhere.html",
        "outside.html",
        "../other/",
        other.url("/"),
        "latin.html#part",
    ]
    site = serve(
        {
            "/robots.txt": Answer(b"User-agent: looseleaf\nDisallow: /docs/private/\n", headers={}),
            "/docs/": page(*links),
            "/docs/a.html": page("b.html", "/docs/"),
            "/docs/b.html": page(),
            "/docs/private/x.html": page(),
            "/docs/moved.html": Answer(status=301, headers={"Location": "b.html"}),
            "/docs/picture": Answer(b"\x89PNG", headers={"Content-Type": "image/png"}),
            "/docs/big.html": big,
            "/docs/latin.html": Answer(LATIN, headers={"Content-Type": "text/html; charset=iso-8859-1"}),
            "/docs/elsewhere.html": Answer(status=302, headers={"Location": other.url("/")}),
            "/docs/outside.html": Answer(status=302, headers={"Location": "/other/"}),
            "/other/": page(),
        }
    )
    dataset = str(tmp_path)
    source, rejected = crawl(dataset, site, max_bytes=10_000)
    kept = records(dataset, source)
    assert set(kept) == {
        site.url(path) for path in ("/docs/", "/docs/a.html", "/docs/b.html", "/docs/latin.html")
    }
    body, headers, date = kept[site.url("/docs/latin.html")]
    assert body == LATIN
    assert headers["Content-Type"] == "text/html; charset=iso-8859-1"
    assert date.startswith("20")
    assert site.asked["/docs/private/x.html"] == 0
    assert site.asked["/other/"] == 0
    assert not other.asked
    assert all(agent.startswith("Looseleaf/") for agent in site.agents)
    rules = {url.removeprefix(site.url("/docs/")): row["rule"] for url, row in rejected.items()}
    assert rules == {
        "private/x.html": "robots",
        "gone.html": "http_404",
        "picture": "unwanted_kind",
        "big.html": "too_large",
        other.url("/"): "redirect_out_of_scope",
        site.url("/other/"): "redirect_out_of_scope",
    }
    assert rejected[site.url("/docs/gone.html")]["value"] == 404
    assert {row["unit"] for row in rejected.values()} == {"page"}
    before = sum(site.asked.values())
    crawl(dataset, site, max_bytes=10_000)
    assert sum(site.asked.values()) == before, "a finished crawl is used again"


@pytest.mark.parametrize("status", [500, 503])
def test_a_robots_txt_that_fails_means_no(serve, tmp_path, status):
    site = serve({"/robots.txt": Answer(status=status), "/docs/": page()})
    source, rejected = crawl(str(tmp_path), site)
    assert records(str(tmp_path), source) == {}
    assert [row["rule"] for row in rejected.values()] == ["robots_unavailable"]
    assert site.asked["/docs/"] == 0


def test_limits_of_pages_and_depth(serve, tmp_path):
    site = serve({"/docs/": page("1.html")} | {f"/docs/{i}.html": page(f"{i + 1}.html") for i in range(1, 9)})
    source, _ = crawl(str(tmp_path), site, max_pages=3)
    assert len(records(str(tmp_path), source)) == 3
    assert read_summary(crawl_folder(str(tmp_path), source)).finished == "max_pages"
    source, _ = crawl(str(tmp_path), site, max_depth=1)
    assert set(records(str(tmp_path), source)) == {site.url("/docs/"), site.url("/docs/1.html")}


STAGE = """
import sys
from pipeline.crawl.stage import CRAWL
from pipeline.recipe import Recipe
from pipeline.stage import Context

context = Context(sys.argv[1], Recipe.model_validate_json(sys.argv[2]), "b")
for chunk in CRAWL.plan(context):
    CRAWL.process(context, chunk)
"""


def test_a_crawl_that_was_killed_ends_with_its_parent_and_goes_on(serve, tmp_path):
    site = serve({"/docs/": page("1.html")} | {f"/docs/{i}.html": page(f"{i + 1}.html") for i in range(1, 4)})
    slow = recipe_of(site, delay=30, max_pages=4)
    parent = subprocess.Popen([sys.executable, "-c", STAGE, str(tmp_path), slow.model_dump_json()])
    deadline = time.monotonic() + 60
    while not site.asked["/robots.txt"] and time.monotonic() < deadline:
        time.sleep(0.05)
    (child,) = (
        int(pid) for pid in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    )
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}/fd/0") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{child}/fd/0")
    folder = crawl_folder(str(tmp_path), slow.sources[0])
    assert read_summary(folder) is None
    assert warc_files(folder) == []
    forget_pace(folder)
    again, _ = crawl(str(tmp_path), site, max_pages=4)
    assert crawl_folder(str(tmp_path), again) == folder, "a crawl at another pace is the same crawl"
    assert len(records(str(tmp_path), again)) == 4
    assert len(all_records(Path(folder))) == 4
    assert site.asked["/robots.txt"] == 1, "what was had before the kill is not asked again"


def forget_pace(folder):
    with sqlite3.connect(f"{folder}/frontier.sqlite3") as frontier:
        frontier.execute("UPDATE hosts SET next_at = 0")


def test_what_shapes_a_crawl_names_its_folder():
    source = WebSource(kind="web", name="s", start=("http://a.org/docs/index.html", "http://b.org"))
    for same in ({"license": "MIT"}, {"delay": 7.0}, {"processes": 3}, {"recrawl_after": 24.0}):
        assert crawl_folder("d", source) == crawl_folder("d", source.model_copy(update=same))
    assert crawl_folder("d", source) != crawl_folder("d", source.model_copy(update={"max_pages": 7}))


def test_a_crawl_into_a_remote_dataset_is_uploaded_when_it_is_done(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    import fsspec

    site = serve({"/docs/": page("gone.html")})
    dataset = f"memory://{tmp_path.name}"
    source, rejected = crawl(dataset, site)
    assert read_summary(crawl_folder(dataset, source)).pages == 1
    (url,) = warc_files(crawl_folder(dataset, source))
    with fsspec.open(url, "rb") as file:
        assert [r.rec_type for r in ArchiveIterator(file)] == ["warcinfo", "response"]
    assert rejected[site.url("/docs/gone.html")]["rule"] == "http_404"
