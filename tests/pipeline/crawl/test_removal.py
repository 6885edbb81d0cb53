"""A removed page is gone from all that a crawl keeps, is never asked for again, and leaves the others be."""

import sqlite3
import zlib
from gzip import decompress as gunzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.crawl.folder import crawl_folder, indexed_pages, read_summary
from pipeline.crawl.frontier.database import SQLITE_FILE, SqliteDatabase
from pipeline.extract.stage import EXTRACT
from pipeline.removal.remove import remove
from pipeline.runner import execute_here, run_stage
from pipeline.sources.files import doc_id_of
from pipeline.stage import Context
from storage import tables
from tests.pipeline.crawl.crawling import recipe_of, records, run
from tests.pipeline.crawl.live_site import LiveSite, Page

MARKER = b"Zebulon-"


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


def everything(folder):
    """All that the files below a folder hold: also unpacked, and the values of databases inflated."""
    found = bytearray()
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        data = path.read_bytes()
        found += data + path.name.encode()
        if path.suffix == ".gz":
            found += gunzip(data)
        if path.suffix == ".parquet":
            found += repr(pq.read_table(path).to_pylist()).encode()
        if path.name == SQLITE_FILE:
            found += values_of(path)
    return bytes(found)


def values_of(path):
    connection = sqlite3.connect(path)
    found = bytearray()
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in connection.execute(f"SELECT * FROM {table}"):
            found += repr(row).encode()
            for value in row:
                found += zlib.decompress(value) if isinstance(value, bytes) else b""
    connection.close()
    return bytes(found)


def site_with_a_secret(live):
    others = [f"page{number}" for number in range(6)]
    pages = {f"/docs/{name}": html(text=f"{name} " * 50) for name in others}
    site = live({"/docs/": html("first", "secret", *others, text="start"), **pages})
    site.pages["/docs/first"] = html("secret", text="first")
    site.pages["/docs/secret"] = html("page0", text=(MARKER + b"here ").decode() * 30)
    site.pages["/docs/moved"] = Page(b"", status=302, etag=False, headers={"Location": "/docs/secret"})
    site.pages["/docs/"] = html("first", "secret", "moved", *others, text="start")
    site.pages["/sitemap.xml"] = Page(
        f"<urlset><url><loc>{site.url('/docs/secret')}</loc></url></urlset>".encode(), kind="text/xml"
    )
    return site, site.url("/docs/secret")


def extract(dataset, recipe):
    return run_stage(EXTRACT, Context(dataset, recipe, "b"), execute_here, lambda done, total: None)


@pytest.mark.parametrize("by", ["address", "doc_id", "before_extract"])
def test_a_removed_page_is_nowhere_and_never_asked_again(live, tmp_path, by):
    site, secret = site_with_a_secret(live)
    dataset = str(tmp_path / "dataset")
    recipe = recipe_of(site, recrawl_after=0.0)
    source, _ = run(dataset, recipe)
    if by != "before_extract":
        extract(dataset, recipe)
    before = records(dataset, source)
    assert secret.encode() in everything(dataset)
    assert MARKER in everything(dataset)

    remove(dataset, [secret if by == "address" else doc_id_of(source.name, secret)])
    left = everything(dataset)
    assert secret.encode() not in left
    assert MARKER not in left
    # The others are read where the index says, byte for byte.
    kept = {url: record for url, record in before.items() if url != secret}
    assert records(dataset, source) == kept
    folder = crawl_folder(dataset, source)
    assert read_summary(folder).pages == len(kept)
    extract(dataset, recipe)
    assert tables.read(dataset, "documents").num_rows == len(kept)
    assert (
        tables.read(dataset, "rejections").num_rows == 0
        or "unreadable" not in tables.read(dataset, "rejections").column("rule").to_pylist()
    )

    # A later crawl keeps what did not change, and neither asks for nor names what was removed.
    site.forget()
    site.pages["/docs/page1"] = html("secret", text="changed")
    _, rejections = run(dataset, recipe)
    assert site.asked["/docs/secret"] == 0
    assert site.asked["/docs/first"] == 1
    after = records(dataset, source)
    assert after.keys() == kept.keys()
    assert {url for url in kept if after[url] != kept[url]} == {site.url("/docs/page1")}
    assert [row["rule"] for row in rejections.values() if row["rule"] == "removed"] == ["removed"]
    extract(dataset, recipe)
    left = everything(dataset)
    assert secret.encode() not in left
    assert MARKER not in left
    assert tables.read(dataset, "documents").num_rows == len(kept)


def test_a_redirect_to_a_removed_page_is_not_followed(live, tmp_path):
    site, secret = site_with_a_secret(live)
    site.pages["/docs/"] = html("moved")
    site.pages["/sitemap.xml"] = Page(b"", status=404, etag=False)
    dataset = str(tmp_path / "dataset")
    remove(dataset, [secret])
    _, rejections = run(dataset, recipe_of(site))
    assert site.asked["/docs/moved"] == 1
    assert site.asked["/docs/secret"] == 0
    assert [row["rule"] for row in rejections.values()] == ["removed"]
    assert secret.encode() not in everything(dataset)


def test_a_start_that_was_removed_and_a_whole_site(live, tmp_path):
    site, secret = site_with_a_secret(live)
    dataset = str(tmp_path / "dataset")
    recipe = recipe_of(site, recrawl_after=0.0)
    source, _ = run(dataset, recipe)
    remove(dataset, [site.url("/docs/*")])
    assert not list(indexed_pages(crawl_folder(dataset, source)))
    left = everything(dataset)
    assert secret.encode() not in left
    assert site.url("/docs/page0").encode() not in left
    site.forget()
    run(dataset, recipe)
    assert not any(path.startswith("/docs/") for path in site.asked)


def test_removed_bytes_are_not_kept_at_another_address(live, tmp_path):
    site, secret = site_with_a_secret(live)
    dataset = str(tmp_path / "dataset")
    recipe = recipe_of(site, recrawl_after=0.0)
    source, _ = run(dataset, recipe)
    (digest,) = (page.digest for page in indexed_pages(crawl_folder(dataset, source)) if page.url == secret)
    extract(dataset, recipe)
    remove(dataset, [digest])
    site.pages["/docs/page2"] = site.pages["/docs/secret"]
    site.forget()
    _, rejections = run(dataset, recipe)
    assert site.asked["/docs/secret"] == 0
    assert site.asked["/docs/page2"] == 1
    assert MARKER not in everything(dataset)
    assert {row["rule"] for row in rejections.values()} == {"removed"}
    assert not any(url.startswith("http") for url in rejections)


def test_a_removal_within_a_round_that_was_broken_off(live, tmp_path):
    """The frontier waits for nothing that it has forgotten."""
    site, secret = site_with_a_secret(live)
    dataset = str(tmp_path / "dataset")
    recipe = recipe_of(site, recrawl_after=0.0)
    source, _ = run(dataset, recipe)
    folder = Path(crawl_folder(dataset, source))
    # As a crawl leaves it that is killed before the end of its second round.
    database = SqliteDatabase(folder / SQLITE_FILE)
    with database.transaction():
        database.run("UPDATE crawl SET round = 2, pages = 0")
        database.run("UPDATE urls SET round = 2, state = 'queued' WHERE kind = 'page'")
        database.run("UPDATE urls SET round = 2 WHERE kind <> 'page'")
    database.close()
    remove(dataset, [secret])
    site.forget()
    run(dataset, recipe)
    assert site.asked["/docs/secret"] == 0
    assert len(records(dataset, source)) == 8
    assert read_summary(str(folder)).round == 2
    assert secret.encode() not in everything(dataset)
