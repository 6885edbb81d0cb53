import pytest

from pipeline.crawl.kinds import media_type_of_answer, suffixes_not_wanted
from pipeline.extract.media import DOCX, HTML, MARKDOWN, NOTEBOOK, PDF, TEXT


@pytest.mark.parametrize(
    ("url", "content_type", "media_type"),
    [
        ("http://a.org/x", "text/html; charset=utf-8", HTML),
        ("http://a.org/x", "Application/XHTML+xml", HTML),
        ("http://a.org/x.pdf", "text/html", HTML),
        ("http://a.org/x", None, HTML),
        ("http://a.org/x.pdf?v=2", None, PDF),
        ("http://a.org/x", "application/pdf", PDF),
        ("http://a.org/x.docx", "application/zip", DOCX),
        ("http://a.org/x.ipynb", "application/json", NOTEBOOK),
        ("http://a.org/x.md", "text/plain", MARKDOWN),
        ("http://a.org/LICENSE", "text/plain", TEXT),
        ("http://a.org/x.bin", "application/octet-stream", None),
        ("http://a.org/x.pdf", "image/png", None),
    ],
)
def test_the_kind_of_an_answer(url, content_type, media_type):
    assert media_type_of_answer(url, content_type) == media_type


def test_links_to_kinds_that_nobody_wants_are_not_followed():
    assert "pdf" in suffixes_not_wanted(["html"])
    assert "pdf" not in suffixes_not_wanted(["html", "pdf"])
    assert "png" in suffixes_not_wanted(["html", "pdf"])
