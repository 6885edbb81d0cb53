from email.message import Message

import pytest

from pipeline.images.redirects import redirected


def headers(location):
    message = Message()
    message["Location"] = location
    return message


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/b.png", "http://a.org/b.png"),
        ("c.png?d=1#e", "http://a.org/x/c.png?d=1"),
        ("//b.org", "http://b.org"),
        ("https://b.org/a b.png", "https://b.org/a%20b.png"),
        ("/\xc3\xa9.png", "http://a.org/%C3%A9.png"),
        ("file:///etc/passwd", None),
        ("ftp://b.org/a", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_where_a_redirect_leads(location, to):
    assert redirected("http://a.org/x/a.png", 302, headers(location)) == to


def test_other_answers_lead_nowhere():
    assert redirected("http://a.org/", 200, headers("/b")) is None
    assert redirected("http://a.org/", 304, headers("/b")) is None
    assert redirected("http://a.org/", 301, Message()) is None
