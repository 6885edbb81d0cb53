import gzip
from datetime import UTC, datetime

import pytest

from pipeline.crawl.sitemap import MAX_BYTES, UnreadableSitemapError, latest_moment, parse_sitemap

SPACE = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
SITEMAP = (
    SPACE + b"<url><loc> http://a.org/x?a=1&amp;b=2 </loc><lastmod>2026-01-02</lastmod></url>"
    b"<url><loc>http://a.org/y</loc></url><url><lastmod>2026-01-02</lastmod></url></urlset>"
)
INDEX = b"<sitemapindex><sitemap><loc>http://a.org/s.xml.gz</loc></sitemap></sitemapindex>"
LAUGHS = (
    b'<!DOCTYPE u [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + b"".join(b'<!ENTITY %c "%s">' % (99 + n, b"&%c;" % (98 + n) * 10) for n in range(9))
    + b"]><urlset><url><loc>http://a.org/&k;</loc></url></urlset>"
)


def time(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_urls_and_their_dates(pack):
    content = parse_sitemap(pack(SITEMAP))
    assert not content.is_index
    assert [entry.url for entry in content.entries] == ["http://a.org/x?a=1&b=2", "http://a.org/y"]
    assert [entry.lastmod for entry in content.entries] == [time(2026, 1, 3, 12), None]


def test_indexes_and_lists():
    assert parse_sitemap(INDEX).is_index
    assert [one.url for one in parse_sitemap(b"\xef\xbb\xbfhttp://a.org/1\nhttp://a.org/2\n").entries] == [
        "http://a.org/1",
        "http://a.org/2",
    ]


@pytest.mark.parametrize(
    "data", [b"", b"no xml", b"<html><a/></html>", gzip.compress(SITEMAP, mtime=0)[:40], b"\x1f\x8b no gzip"]
)
def test_what_is_no_sitemap(data):
    with pytest.raises(UnreadableSitemapError):
        parse_sitemap(data)


def test_bombs():
    with pytest.raises(UnreadableSitemapError, match="unpacks to more"):
        parse_sitemap(gzip.compress(b"<urlset>" + b" " * (MAX_BYTES + 1)))
    assert all(len(entry.url) < 100 for entry in parse_sitemap(LAUGHS).entries)


def test_a_file_of_the_machine_is_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = f'<!DOCTYPE u [<!ENTITY x SYSTEM "{secret.as_uri()}">]><urlset><url><loc>http://a.org/&x;</loc></url></urlset>'
    assert all("secret" not in entry.url for entry in parse_sitemap(text.encode()).entries)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", time(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05+01:00", time(2026, 1, 2, 2, 4, 5)),
        ("2026-01-02", time(2026, 1, 3, 12)),
        ("yesterday", None),
        ("", None),
        ("2026-13-41", None),
    ],
)
def test_dates_mean_the_last_moment_that_they_can(text, moment):
    assert latest_moment(text) == moment


def test_months_and_years_reach_beyond_their_end():
    assert latest_moment("2026-02") >= time(2026, 3, 1)
    assert latest_moment("2026-01") >= time(2026, 2, 1)
    assert latest_moment("2026") >= time(2027, 1, 1)
