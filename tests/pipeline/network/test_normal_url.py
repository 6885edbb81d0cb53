import pytest

from pipeline.network.addresses import host_of, normal_url


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://A.org:80/x y.png?q=ä#f", "http://a.org/x%20y.png?q=%C3%A4"),
        ("https://a.org:443", "https://a.org/"),
        ("https://a.org:80/", "https://a.org:80/"),
        ("http://a.org/a/../b/./c.png", "http://a.org/b/c.png"),
        ("http://a.org/../../c.png", "http://a.org/c.png"),
        ("http://a.org/a/..", "http://a.org/"),
        ("http://a.org/%7Efoo/%41%2f%zz", "http://a.org/~foo/A%2F%25zz"),
        ("http://a.org/%2e%2e/x", "http://a.org/x"),
        ("http://127。0。0。1/x", "http://127.0.0.1/x"),
        ("http://BÜCHER.de/ü.png", "http://xn--bcher-kva.de/%C3%BC.png"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("http://a.org/a,b;c=1/(x)@2x.png?a=[1]", "http://a.org/a,b;c=1/(x)@2x.png?a=[1]"),
        ("http://u:p@a.org/x", "http://u:p@a.org/x"),
        ("file:///a#b", "file:///a#b"),
        ("http://a.org:99999/x", "http://a.org:99999/x"),
        ("http://[::1/x", "http://[::1/x"),
        ("/a/b", "/a/b"),
    ],
)
def test_the_normal_form(url, normal):
    assert normal_url(url) == normal
    assert normal_url(normal) == normal


def test_hosts():
    assert host_of("http://u@A.org:81/x") == "a.org:81"
    assert host_of("file:///x") == host_of("http://[::1/") == ""
