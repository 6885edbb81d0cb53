"""Crawls of loopback sites, and what they left."""

from warcio.archiveiterator import ArchiveIterator

from pipeline.crawl.folder import crawl_folder, indexed_pages
from pipeline.crawl.stage import CRAWL
from pipeline.recipe import recipe_from_dict
from pipeline.stage import Context
from storage.filesystem import join, open_filesystem
from tests.pipeline.network.loopback import Answer


def page(*links):
    return Answer(
        b"<html><body><p>words</p>" + b"".join(b"<a href='%s'>x</a>" % link.encode() for link in links)
    )


def recipe_of(*sites, network=None, **source):
    """Return a recipe of one crawl that begins at the first site and may touch the loopback ports of all."""
    fields = {
        "kind": "web",
        "name": "site",
        "start": [sites[0].url("/docs/")],
        "delay": 0,
        "concurrency": 4,
    } | source
    settings = {"allow_private": [site.host for site in sites], "timeout": 3, "retries": 1} | (network or {})
    return recipe_from_dict({"name": "t", "sources": [fields], "network": settings})


def run(dataset, recipe):
    """Run the stage as a build does; return the source and the rejections by URL."""
    (chunk,) = CRAWL.plan(Context(dataset, recipe, "b"))
    rows = CRAWL.process(Context(dataset, recipe, "b"), chunk)["rejections"].to_pylist()
    return recipe.sources[0], {row["unit_id"]: row for row in rows}


def crawl(dataset, site, **source):
    return run(dataset, recipe_of(site, **source))


def records(dataset, source):
    """Return body, headers and date of each page that the crawl's index names, read at the place it says."""
    folder = crawl_folder(dataset, source)
    found = {}
    for one in indexed_pages(folder):
        filesystem, path = open_filesystem(join(folder, one.warc))
        with filesystem.open(path, "rb") as file:
            file.seek(one.offset)
            record = next(iter(ArchiveIterator(file)))
            assert record.rec_headers.get_header("WARC-Target-URI") == one.url
            assert one.url not in found
            found[one.url] = (
                record.content_stream().read(),
                dict(record.http_headers.headers),
                record.rec_headers.get_header("WARC-Date"),
            )
    return found


def all_records(folder):
    """Return the URL of every response record in the files of a local crawl's folder, in order."""
    urls = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            urls += [
                record.rec_headers.get_header("WARC-Target-URI")
                for record in ArchiveIterator(file)
                if record.rec_type == "response"
            ]
    return urls
