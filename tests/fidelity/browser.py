"""What Chromium shows of a page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page as Tab
from playwright.sync_api import Route, sync_playwright

PROGRAM = "/usr/bin/chromium"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_SIZE = {"width": 1280, "height": 900}  # pixels
_TOP = {"x": 0, "y": 0, "width": 1280, "height": 5000}  # whole books are more than a picture can hold
PICTURE = 64  # pixels, the least width and height of a content image
_SEEN = (Path(__file__).parent / "seen.js").read_text()
_SERVED = Path(__file__).parent / "served.js"
_LOADED = """async () => {
    for (const image of document.images) image.loading = "eager";
    const late = new Promise((done) => setTimeout(done, 5000));
    const all = [...document.images].map((image) => image.decode().catch(() => null));
    await Promise.race([late, Promise.all(all)]);
}"""


@dataclass(frozen=True)
class Shown:
    """A piece of text or a picture on the screen.

    Attributes:
        kind: `text` or `image`.
        text: the words, or a picture's alternative text.
        source: the URL of a picture; `svg:` for one that is drawn in the page.
        block: number of the box that it stands in; pieces of one box are one run of text.
        why: the rule that says that it is no content, None if it is content.
        space: whether white space or a line's end follows.
    """

    kind: str
    text: str
    source: str | None
    block: int
    why: str | None
    space: bool


class Browser:
    """A running Chromium with one tab that never leaves the machine."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def look(self, url: str, picture: str | None = None) -> list[Shown]:
        """Lay a page out and return what it shows, in document order.

        Args:
            url: a `file:` URL.
            picture: a PNG file to write, with content in green and all else in red.
        """
        self._tab.goto(url, wait_until="load", timeout=60_000)
        self._tab.evaluate(_LOADED)
        limits: dict[str, Any] = {"picture": PICTURE, "paint": picture is not None}
        found = [Shown(**item) for item in self._tab.evaluate(_SEEN, limits)]
        if picture is not None:
            self._tab.screenshot(path=picture, full_page=True, clip=_TOP)
        return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium with a new profile, and end it afterwards."""
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory(prefix="looseleaf-chromium-") as profile,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=PROGRAM, headless=True, viewport=_SIZE, args=list(_FLAGS)
        )
        try:
            context.route("**/*", _only_files)
            context.add_init_script(path=_SERVED)
            yield Browser(context.new_page())
        finally:
            context.close()


def _only_files(route: Route) -> None:
    if route.request.url.startswith(("file:", "data:", "blob:")):
        route.continue_()
    else:
        route.abort()
