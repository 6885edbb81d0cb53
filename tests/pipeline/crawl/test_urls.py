import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.urls import BadUrlError, canonical, origin_of
from pipeline.network.addresses import host_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.ORG:80/a/../b/./c?b=2&a=1#x", "http://example.org/b/c?b=2&a=1"),
        ("https://a.org:443", "https://a.org/"),
        ("https://a.org:80", "https://a.org:80/"),
        ("http://a.org/%7euser/%e4%2f?x=%zz ü", "http://a.org/~user/%E4%2F?x=%25zz%20%C3%BC"),
        ("http://a.org/%2e%2e/x", "http://a.org/x"),
        ("http://a.org/a//b/..", "http://a.org/a//"),
        ("http://a.org./x", "http://a.org/x"),
        ("http://BÜCHER.de/ü", "http://xn--bcher-kva.de/%C3%BC"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://[::FFFF:127.0.0.1]:8080/", "http://[::ffff:127.0.0.1]:8080/"),
        (" http://a.org/x?a=1&a=1&b ", "http://a.org/x?a=1&a=1&b"),
        ("http://a.org?q", "http://a.org/?q"),
    ],
)
def test_equivalent_urls_have_one_spelling(url, expected):
    assert canonical(url) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("ftp://a.org/", "bad_url"),
        ("mailto:x@a.org", "bad_url"),
        ("/relative", "bad_url"),
        ("http:///x", "bad_url"),
        ("http://a.org:99999/", "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://a b/", "userinfo"),
        ("http://a.org@127.0.0.1/", "userinfo"),
        ("http://127.0.0.1\\@a.org/", "userinfo"),
        ("http://a%2eorg/", "bad_url"),
        ("http://a.org/" + "x" * 2000, "trap"),
        ("http://a.org/a/b/a/b/a/b/a/b", "trap"),
        ("http://a.org/" + "/".join(map(str, range(50))), "trap"),
    ],
)
def test_what_is_no_url_of_ours_is_refused_with_a_rule(url, rule):
    with pytest.raises(BadUrlError) as refused:
        canonical(url)
    assert refused.value.rule == rule


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_refused_or_has_one_spelling(text):
    for url in (text, f"http://a.org/{text}", f"http://{text}/"):
        try:
            once = canonical(url)
        except BadUrlError:
            continue
        assert canonical(once) == once
        assert once.isascii()
        assert " " not in once


def test_parameters_that_say_where_a_visitor_came_from():
    url = "http://a.org/x?utm_source=a&id=7&fbclid=b"
    assert canonical(url) == url
    assert canonical(url, drop_tracking=True) == "http://a.org/x?id=7"
    assert canonical("http://a.org/x?b=%2B&a", drop_tracking=True) == "http://a.org/x?b=%2B&a"
    assert host_of("http://a.org:81/x") == "a.org:81"
    assert origin_of("https://a.org/x/y?z") == "https://a.org"
