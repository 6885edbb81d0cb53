import pytest

from pipeline.crawl.scope import Scope, registered_domain, scope_of
from pipeline.recipe import WebSource, recipe_from_dict
from storage.errors import LooseleafError


def source(**fields):
    return WebSource(kind="web", name="s", **{"start": ("http://docs.a.co.uk/d/index.html",)} | fields)


@pytest.mark.parametrize(
    ("fields", "inside", "outside"),
    [
        ({}, ["http://docs.a.co.uk/d/x"], ["http://docs.a.co.uk/e/", "https://docs.a.co.uk/d/x"]),
        ({"start": ("http://b.org",)}, ["http://b.org/x"], ["http://b.org.c.net/"]),
        (
            {"within": "host"},
            ["http://docs.a.co.uk/e/", "https://docs.a.co.uk/"],
            ["http://www.a.co.uk/", "http://docs.a.co.uk.b.org/"],
        ),
        (
            {"within": "site"},
            ["http://www.a.co.uk/", "https://a.co.uk/x", "http://x.y.a.co.uk/z?q"],
            ["http://b.co.uk/", "http://b.org/?.a.co.uk/", "http://evila.co.uk/"],
        ),
        ({"allow": ("HTTP://A.org",)}, ["http://a.org/x"], ["http://a.org.b.net/", "http://docs.a.co.uk/d/"]),
        (
            {"allow": ("https://*.a.org/docs/*",)},
            ["https://x.a.org/docs/", "https://x.y.a.org/docs/z/"],
            ["https://a.org/docs/", "https://b.org/x.a.org/docs/", "https://x.a.org/blog/"],
        ),
        ({"allow": ("http://a.org/*.html",)}, ["http://a.org/x/y.html"], ["http://a.org/x.pdf"]),
        (
            {"within": "host", "deny": ("http://docs.a.co.uk/private/", "*?*print=1*")},
            ["http://docs.a.co.uk/x?p=1"],
            ["http://docs.a.co.uk/private/x", "http://docs.a.co.uk/x?a=2&print=1"],
        ),
    ],
)
def test_what_is_inside(fields, inside, outside):
    scope = scope_of(source(**fields))
    assert [url for url in inside if not scope.covers(url)] == []
    assert [url for url in outside if scope.covers(url)] == []


def test_nothing_allowed_covers_nothing():
    assert not Scope(()).covers("http://a.org/")


def test_registered_domains():
    assert registered_domain("a.b.example.co.uk") == "example.co.uk"
    assert registered_domain("localhost") == "localhost"
    assert registered_domain("127.0.0.1") == "127.0.0.1"


def test_a_deny_rule_that_can_match_nothing_is_named():
    web = {"kind": "web", "name": "s", "start": ["http://a.org"], "deny": ["private"]}
    with pytest.raises(LooseleafError, match="neither a URL prefix nor a pattern"):
        recipe_from_dict({"name": "t", "sources": [web]})
