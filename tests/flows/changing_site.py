"""A site whose pages change, with a picture each, that counts its answers."""

from __future__ import annotations

import io
from collections import Counter
from http.server import BaseHTTPRequestHandler

import numpy as np
from PIL import Image

from pipeline.recipe import Recipe, recipe_from_dict
from tests.pipeline.crawl.live_site import LiveSite, Page

PAGES = 40
#: A little under a minute, in hours: what a recipe needs for a schedule of one minute.
A_MINUTE = 0.9 / 60


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
            f"<p>Version {version} of page {number} says that it is held at both ends.</p>".encode()
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
        """Return a recipe for this site that crawls again after so many hours."""
        source = {
            "kind": "web", "name": "site", "start": [self.url("/docs/")], "delay": 0, "concurrency": 8,
            "recrawl_after": recrawl_after,
        }  # fmt: skip
        network = {"allow_private": [self.host], "timeout": 10, "retries": 1}
        values = {"name": "site", "sources": [source], "network": network, "words": {"engine": "none"}}
        return recipe_from_dict(values)
