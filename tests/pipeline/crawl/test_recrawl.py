"""Later crawls ask only what has changed; servers are asked as they want to be."""

from itertools import pairwise

import pytest

from pipeline.crawl.folder import crawl_folder, due_round, indexed_pages, read_summary
from pipeline.crawl.stage import CRAWL
from pipeline.extract.stage import EXTRACT
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from tests.pipeline.crawl.crawling import recipe_of, records, run
from tests.pipeline.crawl.live_site import LiveSite, Page


@pytest.fixture
def live():
    sites = []

    def start(pages):
        sites.append(LiveSite(pages))
        return sites[-1]

    yield start
    for site in sites:
        site.close()


def html(*links, text="words"):
    return Page(f"<p>{text}</p>".encode() + b"".join(f'<a href="{link}">x</a>'.encode() for link in links))


def dataset_of(tmp_path):
    return str(tmp_path / "dataset")


def bodies(dataset, source):
    return {url.rpartition("/")[2]: body for url, (body, _, _) in records(dataset, source).items()}


def test_a_later_crawl_keeps_replaces_and_drops(live, tmp_path):
    names = ["same", "changed", "gone", "down", "plain", "unlinked"]
    site = live({"/docs/": html(*names), **{f"/docs/{name}": html(text=name) for name in names}})
    site.pages["/docs/plain"] = Page(b"<p>without validators</p>", etag=False)
    site.pages["/docs/same"] = html("below", text="same")
    site.pages["/docs/below"] = html()
    recipe = recipe_of(site, recrawl_after=0.0)
    dataset = dataset_of(tmp_path)
    source, _ = run(dataset, recipe)
    before = {one.url: one for one in indexed_pages(crawl_folder(dataset, source))}
    assert len(before) == 8
    site.forget()
    site.pages["/docs/"] = html(*names[:-1], "new")
    site.pages["/docs/new"] = html(text="new")
    site.pages["/docs/changed"] = html(text="changed today")
    site.pages["/docs/gone"] = Page(b"", status=410, etag=False)
    site.pages["/docs/down"] = Page(b"", status=500, etag=False)
    source, rows = run(dataset, recipe)
    after = {one.url: one for one in indexed_pages(crawl_folder(dataset, source))}
    kept = bodies(dataset, source)
    assert set(kept) == {"", "same", "changed", "down", "plain", "below", "new"}
    assert kept["changed"] == b"<p>changed today</p>"
    assert kept["down"] == b"<p>down</p>", "a server that fails today takes nothing away"
    for name in ("same", "below", "down", "plain"):
        assert after[site.url(f"/docs/{name}")] == before[site.url(f"/docs/{name}")]
    rules = {url.rpartition("/")[2]: row["rule"] for url, row in rows.items()}
    assert rules == {"gone": "http_410", "down": "http_500"}
    assert "is kept" in rows[site.url("/docs/down")]["detail"]
    assert site.asked["/docs/unlinked"] == 0
    changed = sum(len(site.pages[f"/docs/{name}"].body) for name in ("", "new", "changed", "plain"))
    assert site.sent == changed + len(b"nothing") * 2, "robots.txt and sitemap.xml are not there"


def test_a_build_crawls_again_when_it_is_time_and_not_before(live, tmp_path):
    site = live({"/docs/": html("a"), "/docs/a": html()})
    dataset = dataset_of(tmp_path)

    def build(recipe):
        report = run_stage(CRAWL, Context(dataset, recipe, "b"), execute_here, lambda done, total: None)
        return report.chunks, report.skipped

    never, daily, always = (recipe_of(site, recrawl_after=hours) for hours in (None, 24.0, 0.0))
    assert build(never) == (1, 0)
    site.forget()
    assert build(never) == (1, 1)
    assert build(daily) == (1, 1)
    assert not site.asked
    assert due_round(dataset, daily.sources[0]) == 1
    assert build(always) == (1, 0)
    assert site.asked["/docs/a"] == 1
    assert read_summary(crawl_folder(dataset, always.sources[0])).round == 2
    assert build(daily) == (1, 1)


def test_only_the_chunks_of_what_changed_are_extracted_again(live, tmp_path):
    names = [f"{number:03}" for number in range(70)]
    site = live({"/docs/": html(*names), **{f"/docs/{name}": html(text=name) for name in names}})
    recipe = recipe_of(site, recrawl_after=0.0)
    dataset = dataset_of(tmp_path)
    run(dataset, recipe)

    def extract():
        report = run_stage(EXTRACT, Context(dataset, recipe, "b"), execute_here, lambda done, total: None)
        return report.rows["documents"], report.chunks, report.skipped

    assert extract() == (71, 3, 0)
    run(dataset, recipe)
    assert extract() == (71, 3, 3)
    pages = list(indexed_pages(crawl_folder(dataset, recipe.sources[0])))
    first = min((one for one in pages if one.number > 0), key=lambda one: one.number)
    site.pages["/docs/" + first.url.rpartition("/")[2]] = html(text="changed")
    last = max(pages, key=lambda one: one.number)
    site.pages["/docs/" + last.url.rpartition("/")[2]] = Page(b"", status=404, etag=False)
    run(dataset, recipe)
    documents, chunks, skipped = extract()
    assert documents == 70
    assert (chunks, skipped) == (3, 1), "only the chunks that the changed page left and that it now stands in"


def test_sitemaps_lead_to_pages_and_save_requests(live, tmp_path):
    def entry(site, name, lastmod):
        return f"<url><loc>{site.url(f'/docs/{name}')}</loc><lastmod>{lastmod}</lastmod></url>"

    site = live({"/docs/": html(), "/docs/old": Page(b"<p>old</p>", etag=False)})
    site.pages["/docs/new"] = Page(b"<p>new</p>", etag=False)
    urls = (
        entry(site, "old", "2020-01-01")
        + entry(site, "new", "2120-01-01")
        + entry(site, "../outside", "2020-01-01")
    )
    site.pages["/maps/index.xml"] = Page(
        f"<sitemapindex><sitemap><loc>{site.url('/maps/a.xml')}</loc></sitemap></sitemapindex>".encode(),
        "text/xml",
    )
    site.pages["/maps/a.xml"] = Page(f"<urlset>{urls}</urlset>".encode(), "text/xml")
    site.pages["/robots.txt"] = Page(
        b"User-agent: *\nSitemap: /maps/index.xml\nSitemap: /maps/none.xml\n", "text/plain"
    )
    recipe = recipe_of(site, recrawl_after=0.0)
    dataset = dataset_of(tmp_path)
    source, rows = run(dataset, recipe)
    assert set(bodies(dataset, source)) == {"", "old", "new"}
    assert rows == {}
    assert site.asked["/outside"] == 0
    site.forget()
    run(dataset, recipe)
    assert set(bodies(dataset, source)) == {"", "old", "new"}
    assert (site.asked["/docs/old"], site.asked["/docs/new"]) == (0, 1)
    run(str(tmp_path / "without"), recipe_of(site, sitemaps=False))
    assert len(records(str(tmp_path / "without"), recipe_of(site, sitemaps=False).sources[0])) == 1


def test_other_kinds_are_kept_and_read_by_their_readers(live, tmp_path):
    site = live({"/docs/": html("notes.md", "data.json", "picture.png")})
    site.pages["/docs/notes.md"] = Page(b"# Notes\n\nwords", "text/plain")
    site.pages["/docs/data.json"] = Page(b"{}", "application/json")
    recipe = recipe_of(site, kinds=["html", "markdown"])
    dataset = dataset_of(tmp_path)
    source, rows = run(dataset, recipe)
    kinds = {
        one.url.rpartition("/")[2]: one.media_type for one in indexed_pages(crawl_folder(dataset, source))
    }
    assert kinds == {"": "text/html", "notes.md": "text/markdown"}
    assert {row["rule"] for row in rows.values()} == {"unwanted_kind"}
    assert site.asked["/docs/picture.png"] == 0
    chunks = list(EXTRACT.plan(Context(dataset, recipe, "b")))
    tables = EXTRACT.process(Context(dataset, recipe, "b"), chunks[0])
    headings = [
        row["text"] for row in tables["staging/read_elements"].to_pylist() if row["kind"] == "heading"
    ]
    assert headings == ["Notes"]


def test_pages_are_followed_although_they_are_not_kept(live, tmp_path):
    site = live({"/docs/": html("notes.md"), "/docs/notes.md": Page(b"# Notes", "text/markdown")})
    dataset = dataset_of(tmp_path)
    source, _ = run(dataset, recipe_of(site, kinds=["markdown"]))
    assert set(bodies(dataset, source)) == {"notes.md"}


def test_a_busy_server_is_left_alone_as_long_as_it_asks(live, tmp_path):
    busy = Page(b"", status=429, etag=False, headers={"Retry-After": "2"})
    site = live({"/docs/": html("a", "b"), "/docs/a": [busy, html()], "/docs/b": html()})
    dataset = dataset_of(tmp_path)
    source, rows = run(dataset, recipe_of(site, concurrency=1))
    assert rows == {}
    assert set(bodies(dataset, source)) == {"", "a", "b"}
    (refused, *_), later = (
        [at for at, path in site.arrivals if path == "/docs/a"],
        [at for at, path in site.arrivals if path == "/docs/b"],
    )
    assert all(at < refused or at - refused >= 2.0 for at in later)
    assert [at for at, path in site.arrivals if path == "/docs/a"][1] - refused >= 2.0


def test_a_server_that_asks_for_too_long_a_wait_is_given_up_for_this_time(live, tmp_path):
    busy = Page(b"", status=503, etag=False, headers={"Retry-After": "86400"})
    site = live({"/docs/": html("a", "b", "c"), "/docs/a": busy, "/docs/b": busy, "/docs/c": busy})
    _, rows = run(dataset_of(tmp_path), recipe_of(site, concurrency=1))
    assert {row["rule"] for row in rows.values()} == {"retry_after"}
    assert len(rows) == 3
    assert sum(site.asked[f"/docs/{name}"] for name in "abc") == 1


def test_a_crawl_delay_is_kept(live, tmp_path):
    robots = Page(b"User-agent: *\nCrawl-delay: 0.6\n", "text/plain")
    site = live({"/robots.txt": robots, "/docs/": html("a", "b"), "/docs/a": html(), "/docs/b": html()})
    run(dataset_of(tmp_path), recipe_of(site))
    times = sorted(at for at, path in site.arrivals if path.startswith("/docs/"))
    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.5


def test_a_robots_txt_that_fails_once_and_moves_is_found(live, tmp_path):
    site = live({"/docs/": html("private/a"), "/docs/private/a": html()})
    site.pages["/robots.txt"] = [
        Page(b"", status=503, etag=False),
        Page(b"", status=302, etag=False, headers={"Location": "/rules.txt"}),
    ]
    site.pages["/rules.txt"] = Page(b"User-agent: Looseleaf\nDisallow: /docs/private/\n", "text/plain")
    dataset = dataset_of(tmp_path)
    source, rows = run(dataset, recipe_of(site))
    assert set(bodies(dataset, source)) == {""}
    assert rows[site.url("/docs/private/a")]["rule"] == "robots"


def test_our_name_says_whom_to_write_to(serve, tmp_path):
    site = serve({})
    run(dataset_of(tmp_path), recipe_of(site, network={"contact": "https://example.org/crawler"}))
    assert len(site.agents) == 1
    assert "+https://example.org/crawler" in site.agents.pop()


def test_a_remote_crawl_goes_on_elsewhere(live, tmp_path, monkeypatch):
    """The frontier of a finished round lies with the dataset: another machine asks only for what changed."""
    site = live({"/docs/": html("a", "b"), "/docs/a": html(text="a"), "/docs/b": html(text="b")})
    recipe = recipe_of(site, recrawl_after=0.0)
    dataset = f"memory://{tmp_path.name}"
    for machine in ("one", "two"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / machine))
        site.forget()
        source, _ = run(dataset, recipe)
        assert set(bodies(dataset, source)) == {"", "a", "b"}
        site.pages["/docs/b"] = html(text="b, later")
    assert bodies(dataset, source)["b"] == b"<p>b, later</p>"
    assert site.sent < 40
