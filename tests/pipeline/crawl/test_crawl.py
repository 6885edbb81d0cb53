import os
import signal
import subprocess
import sys
import time

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.crawl.folder import crawl_folder, read_summary, warc_files
from pipeline.crawl.settings import crawl_settings, scope
from pipeline.crawl.stage import CRAWL
from pipeline.recipe import NetworkSettings, WebSource, recipe_from_dict
from pipeline.stage import Context
from storage.filesystem import write_bytes_atomic
from tests.pipeline.network.loopback import Answer

LATIN = "<title>Größe</title><p>Ä&amp;Ö</p>".encode("latin-1")


def page(*links):
    return Answer(
        b"<html><body><p>words</p>" + b"".join(b"<a href='%s'>x</a>" % link.encode() for link in links)
    )


def crawl(dataset, site, **source):
    fields = {
        "kind": "web",
        "name": "site",
        "start": [site.url("/docs/")],
        "delay": 0,
        "concurrency": 4,
    } | source
    network = {"allow_private": [site.host], "timeout": 3, "retries": 1}
    recipe = recipe_from_dict({"name": "t", "sources": [fields], "network": network})
    context = Context(dataset, recipe, "b")
    (chunk,) = CRAWL.plan(context)
    rows = CRAWL.process(context, chunk)["rejections"].to_pylist()
    return recipe.sources[0], {row["unit_id"]: row for row in rows}


def records(dataset, source):
    found = {}
    for path in warc_files(crawl_folder(dataset, source)):
        with open(path, "rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response":
                    found[record.rec_headers.get_header("WARC-Target-URI")] = (
                        record.content_stream().read(),
                        dict(record.http_headers.headers),
                        record.rec_headers.get_header("WARC-Date"),
                    )
    return found


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
        "picture": "not_html",
        "big.html": "too_large",
        other.url("/"): "redirect_out_of_scope",
        site.url("/other/"): "redirect_out_of_scope",
    }
    assert rejected[site.url("/docs/gone.html")]["value"] == 404
    assert {row["unit"] for row in rejected.values()} == {"page"}
    before = sum(site.asked.values())
    crawl(dataset, site, max_bytes=10_000)
    assert sum(site.asked.values()) == before, "a finished crawl is used again"


def test_the_guard_refuses_another_loopback_port_that_the_scope_would_allow(serve, tmp_path):
    secret = serve({"/docs/": page()})
    site = serve({"/docs/": page("to.html", "b.html"), "/docs/b.html": page()})
    site.answers["/docs/to.html"] = Answer(status=302, headers={"Location": secret.url("/docs/")})
    source, rejected = crawl(str(tmp_path), site, allow=[site.url("/"), secret.url("/")])
    assert set(records(str(tmp_path), source)) == {site.url("/docs/"), site.url("/docs/b.html")}
    assert {row["rule"] for row in rejected.values()} == {"private_address"}
    assert not secret.asked


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


def test_a_crawl_that_was_killed_starts_again_and_its_process_ends_with_its_parent(serve, tmp_path):
    site = serve({"/docs/": page("1.html")} | {f"/docs/{i}.html": page(f"{i + 1}.html") for i in range(1, 4)})
    fields = {"kind": "web", "name": "site", "start": [site.url("/docs/")], "delay": 0, "concurrency": 4}
    source = WebSource(**fields | {"max_pages": 4})
    folder = crawl_folder(str(tmp_path), source)
    os.makedirs(folder)
    settings = os.path.join(folder, "settings.json")
    network = NetworkSettings(allow_private=(site.host,), timeout=3, retries=1)
    slow = source.model_copy(update={"delay": 30.0})
    write_bytes_atomic(settings, crawl_settings(folder, slow, network).model_dump_json().encode())
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            "p = subprocess.Popen([sys.executable, '-m', 'pipeline.crawl.spider_process', sys.argv[1]],"
            " stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)\nprint(p.pid, flush=True)\np.wait()",
            settings,
        ],
        stdout=subprocess.PIPE,
    )
    child = int(parent.stdout.readline())
    while not site.asked["/robots.txt"]:
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}/fd/0") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{child}/fd/0")
    assert read_summary(folder) is None
    assert warc_files(folder) == []
    write_bytes_atomic(os.path.join(folder, "pages-00007.warc.gz"), b"half a record")
    again, _ = crawl(str(tmp_path), site, max_pages=4)
    assert crawl_folder(str(tmp_path), again) == folder
    assert len(records(str(tmp_path), again)) == 4
    assert read_summary(folder).warc == ("pages-00000.warc.gz",)
    assert not os.path.exists(os.path.join(folder, "pages-00007.warc.gz"))


def test_what_shapes_a_crawl_names_its_folder_and_its_scope():
    source = WebSource(kind="web", name="s", start=("http://a.org/docs/index.html", "http://b.org"))
    assert scope(source) == ("http://a.org/docs/", "http://b.org/")
    assert scope(source.model_copy(update={"allow": ("http://a.org",)})) == ("http://a.org/",)
    assert crawl_folder("d", source) == crawl_folder("d", source.model_copy(update={"license": "MIT"}))
    assert crawl_folder("d", source) != crawl_folder("d", source.model_copy(update={"max_pages": 7}))


def test_a_crawl_into_a_remote_dataset_is_uploaded_when_it_is_done(serve, tmp_path):
    import fsspec

    site = serve({"/docs/": page("gone.html")})
    dataset = f"memory://{tmp_path.name}"
    source, rejected = crawl(dataset, site)
    assert read_summary(crawl_folder(dataset, source)).pages == 1
    (url,) = warc_files(crawl_folder(dataset, source))
    with fsspec.open(url, "rb") as file:
        assert [r.rec_type for r in ArchiveIterator(file)] == ["warcinfo", "response"]
    assert rejected[site.url("/docs/gone.html")]["rule"] == "http_404"
