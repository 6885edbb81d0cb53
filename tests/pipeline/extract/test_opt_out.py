import pytest

from pipeline.extract.html import read_html


@pytest.mark.parametrize(
    ("meta", "stated"),
    [
        ('<meta name="tdm-reservation" content="1">', "meta tdm-reservation: 1"),
        ('<META NAME="TDM-Reservation" CONTENT=" 1 ">', "meta tdm-reservation: 1"),
        ('<meta name="tdm-reservation" content="0">', None),
        ('<meta name="robots" content="noai, noimageai">', "meta robots: noai, noimageai"),
        ('<meta name="looseleaf" content="NoImageIndex">', "meta looseleaf: NoImageIndex"),
        ('<meta name="robots" content="noindex">', "meta robots: noindex"),
        ('<meta name="robots" content="nofollow, noarchive">', None),
        ('<meta name="otherbot" content="noai">', None),
        ('<meta name="robots">', None),
        ("", None),
    ],
)
def test_pages_that_ask_not_to_be_used(meta, stated):
    page = f"<html><head>{meta}</head><body><p>Words</p></body></html>"
    assert read_html(page.encode(), "http://a.org/").opt_out == stated
