"""Builds of a site that changes between them: only what changed is fetched and processed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.builds import list_builds
from storage.tables import read
from tests.flows.building import build, digest, processed
from tests.flows.changing_site import A_MINUTE, PAGES, CountingSite


@pytest.fixture
def site() -> Iterator[CountingSite]:
    site = CountingSite()
    yield site
    site.close()


def test_three_builds_fetch_and_process_what_changed(site: CountingSite, tmp_path: Path) -> None:
    dataset, recipe = str(tmp_path / "dataset"), site.recipe(0.0)
    first, reports = build(recipe, dataset)
    assert processed(reports, "documents")["extract"] == PAGES + 1
    before = {row["uri"]: row["doc_id"] for row in read(dataset, "documents").to_pylist()}
    assert site.statuses[304] == 0

    # Two pages change, one of them with its picture; one goes, one comes.
    site.write(3, 1)
    site.write(5, 2)
    del site.pages["/docs/7"]
    site.write(PAGES)
    site.list_pages()
    site.forget()
    second, reports = build(recipe, dataset)
    changed = ["/docs/", "/docs/3", "/docs/40", "/docs/40-0.png", "/docs/5", "/docs/5-1.png"]
    assert sorted(site.full) == changed
    assert site.statuses[304] == PAGES + 1 - 4, "every other page was asked whether it is as it was"
    assert set(processed(reports, "documents").values()) == {4}
    assert processed(reports, "images") == {"images": 2, "measure": 2}
    assert reports["extract"].kept == {"documents": PAGES + 1 - 4}
    now = {row["uri"]: row["doc_id"] for row in read(dataset, "documents").to_pylist()}
    assert site.url("/docs/7") not in now
    assert len(now) == PAGES + 1
    assert all(before[uri] == doc_id for uri, doc_id in now.items() if uri in before)

    site.write(11, 1)
    site.forget()
    third, reports = build(recipe, dataset)
    assert site.full == ["/docs/11"]
    assert set(processed(reports, "documents").values()) == {1}
    assert processed(reports, "images") == {"images": 0, "measure": 0}

    site.forget()
    same, reports = build(recipe, dataset)
    assert site.full == []
    assert set(processed(reports, "documents").values()) == {0}
    assert same.build_id == third.build_id
    assert [one.build_id for one in list_builds(dataset)] == [
        first.build_id,
        second.build_id,
        third.build_id,
    ]
    build(recipe, str(tmp_path / "fresh"))
    assert digest(dataset) == digest(str(tmp_path / "fresh"))


def test_a_schedule_of_one_minute_finds_its_crawl_due(
    site: CountingSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build a minute after the one before crawls again; one that is repeated at once does not."""
    dataset, recipe = str(tmp_path / "dataset"), site.recipe(A_MINUTE)
    build(recipe, dataset, ("crawl",))
    site.forget()
    build(recipe, dataset, ("crawl",))
    assert not site.asked
    began = time.time()
    monkeypatch.setattr("pipeline.crawl.folder.time.time", lambda: began + 60.0)
    build(recipe, dataset, ("crawl",))
    assert site.asked["/docs/"] == 1
