"""Headers by which a server reserves a page reach the document's row, with what they said."""

import pytest

from pipeline.extract.stage import EXTRACT
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage import tables
from tests.pipeline.crawl.crawling import recipe_of, run
from tests.pipeline.crawl.live_site import LiveSite, Page


@pytest.mark.parametrize(
    ("headers", "meta", "evidence"),
    [
        ({"X-Robots-Tag": "noai, noarchive"}, "", "X-Robots-Tag: noai, noarchive"),
        ({"x-robots-tag": "looseleaf: noindex"}, "", "X-Robots-Tag: looseleaf: noindex"),
        ({"X-Robots-Tag": "otherbot: noai"}, "", None),
        ({"X-Robots-Tag": "nofollow"}, "", None),
        ({"TDM-Reservation": "1"}, "", "tdm-reservation: 1"),
        ({"tdm-reservation": "0"}, "", None),
        ({}, '<meta name="tdm-reservation" content="1">', "meta tdm-reservation: 1"),
        ({"X-Robots-Tag": "noai"}, '<meta name="tdm-reservation" content="1">', "X-Robots-Tag: noai"),
    ],
)
def test_a_header_reaches_the_document(tmp_path, headers, meta, evidence):
    body = f"<html><head>{meta}</head><body><p>words of a page</p></body></html>".encode()
    site = LiveSite({"/docs/": Page(body, headers=headers)})
    try:
        recipe, dataset = recipe_of(site), str(tmp_path / "d")
        run(dataset, recipe)
        run_stage(EXTRACT, Context(dataset, recipe, "b"), execute_here, lambda done, total: None)
    finally:
        site.close()
    (document,) = tables.read(dataset, "documents").to_pylist()
    assert document["opt_out"] == evidence
