"""Builds of a site that changes between them: only what changed is fetched and processed."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.recipe import Recipe, recipe_from_dict
from storage.builds import list_builds
from storage.tables import read
from tests.flows.building import build, digest, processed
from tests.pipeline.crawl.live_site import LiveSite, Page

PAGES = 40
#: A little under a minute, in hours: what a recipe needs for a schedule of one minute.
A_MINUTE = 0.98 / 60


class CountingSite(LiveSite):
    """A site that counts its answers by status, and knows what it gave whole."""

    def __init__(self) -> None:
        super().__init__({})
        self.statuses: Counter[int] = Counter()
        self.full: list[str] = []
        outer, plain = self, self._server.RequestHandlerClass

        class Handler(plain):  # type: ignore[misc, valid-type]
            def send_response(self, code: int, message: str | None = None) -> None:
                outer.statuses[code] += 1
                if code == 200:
                    outer.full.append(self.path)
                super().send_response(code, message)

        assert issubclass(Handler, BaseHTTPRequestHandler)
        self._server.RequestHandlerClass = Handler
        for number in range(PAGES):
            self.write(number)
        self.list_pages()

    def write(self, number: int, version: int = 0) -> None:
        """Write a page with a picture of its own, a menu as all have it, and text of this version."""
        picture = f"/docs/{number}-{version // 2}.png"
        pixels = np.random.default_rng([number, version // 2]).integers(0, 255, (160, 200, 3))
        buffer = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
        self.pages[picture] = Page(buffer.getvalue(), "image/png")
        self.pages[f"/docs/{number}"] = Page(
            f"<title>Beam {number}</title><p>Home of beams, loads and supports</p><h1>Beam {number}</h1>"
            f"<p>Beam {number} bends under a load of {number * 10 + version} newtons in the middle.</p>"
            f"<img src='{picture}' alt='deflection of beam {number}'>"
            f"<p>Version {version} of this page says that it is held at both ends.</p>".encode()
        )

    def list_pages(self) -> None:
        """Write the page that leads to all others."""
        numbers = sorted(int(path[6:]) for path in self.pages if path[6:].isdigit())
        links = "".join(f"<a href='{number}'>Beam {number}</a>" for number in numbers)
        self.pages["/docs/"] = Page(f"<h1>Beams</h1><p>All beams of this site.</p>{links}".encode())

    def forget(self) -> None:
        super().forget()
        self.statuses.clear()
        self.full.clear()

    def recipe(self, recrawl_after: float) -> Recipe:
        source = {
            "kind": "web", "name": "site", "start": [self.url("/docs/")], "delay": 0, "concurrency": 8,
            "recrawl_after": recrawl_after,
        }  # fmt: skip
        network = {"allow_private": [self.host], "timeout": 10, "retries": 1}
        values = {"name": "site", "sources": [source], "network": network, "words": {"engine": "none"}}
        return recipe_from_dict(values)


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
