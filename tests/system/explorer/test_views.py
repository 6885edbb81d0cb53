"""Every view in light, dark and narrow: it shows what it is for, and says nothing in the console."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from storage.tables import read
from tests.explored import PLANTED, apart

MODES = ("light", "dark", "narrow")
VIEWS = {
    "documents": ("/documents", "documents"),
    "filtered": ("/documents?source=occt&min_images=1", "document"),
    "document": ("DOCUMENT", "Sections"),
    "original": ("DOCUMENT?original=1", "As it was read"),
    "dropped": ("/dropped", "What was dropped"),
    "search": ("/search?words=stress around a hole", "Pictures"),
    "groups": ("/groups", "Groups"),
    "group": ("GROUP", "prior"),
    "negatives": ("/negatives", "Mined negatives"),
    "map": ("/map", "Clusters"),
    "pictures": ("/map?of=images", "Clusters"),
    "training": ("/training?run=dataset-run", "step"),
    "builds": ("/compare", "documents added"),
    "runs": ("/compare?of=runs", "Settings that differ"),
}


@contextmanager
def looking(browser: Browser, mode: str) -> Iterator[tuple[Page, list[str]]]:
    """Give a page of a mode, and what its console complains of."""
    size = {"width": 390, "height": 844} if mode == "narrow" else {"width": 1280, "height": 860}
    context = browser.new_context(viewport=size, color_scheme="dark" if mode == "dark" else "light")  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, said
    context.close()


def real_path(address: str, path: str) -> str:
    """Put a document and a group of the dataset into a view's path."""
    documents = httpx.get(f"{address}/api/documents?sort=images&descending=true&limit=1").json()["rows"]
    groups = httpx.get(f"{address}/api/groups?kind=section&limit=1").json()["rows"]
    return path.replace("DOCUMENT", f"/documents/{documents[0]['doc_id']}").replace(
        "GROUP", f"/groups/{groups[0]['group_id']}"
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("view", VIEWS)
def test_each_view_shows_what_it_is_for(
    browser: Browser, address: str, view: str, mode: str, tmp_path: Path
) -> None:
    path, words = VIEWS[view]
    with looking(browser, mode) as (page, said):
        page.goto(address + real_path(address, path))
        expect(page.locator("main")).to_contain_text(words, timeout=30_000)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        shot = page.screenshot(path=tmp_path / f"{view}-{mode}.png")
        # What an original would fetch or run is kept from it, which the browser reports; the map says that
        # it draws with WebGL, for want of a graphics processor.
        others = ("/original/", "JavaScript URL", "WebGPU")
        ours = [line for line in said if not any(other in line for other in others)]
        assert ours == []
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, "the page is wider than its window"
        assert page.locator(".fault").count() == 0
        if "/map" in path:
            with Image.open(io.BytesIO(page.locator(".map").screenshot())) as map_shown:
                colours = np.asarray(map_shown.convert("RGB"), np.int16)
            coloured = np.ptp(colours, axis=2) > 40  # no grey
            assert coloured.sum() > 200, "no point of the map is drawn"
    with Image.open(io.BytesIO(shot)) as drawn:
        corner = drawn.convert("L").getpixel((2, drawn.height // 2))
        assert isinstance(corner, int)
        assert (corner < 80) == (mode == "dark")
        assert len(drawn.convert("RGB").getcolors(1 << 24) or ()) > 50


def test_every_control_has_a_name(browser: Browser, address: str) -> None:
    nameless = """() => [...document.querySelectorAll('a, button, input, select, img, [role]')]
        .filter(e => e.offsetParent !== null && e.role !== 'none')
        .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title
            || e.closest('label')?.textContent.trim()
            || e.getAttribute('alt') !== null || e.placeholder))
        .map(e => e.outerHTML.slice(0, 120))"""
    with looking(browser, "light") as (page, _):
        for path, words in VIEWS.values():
            page.goto(address + real_path(address, path))
            expect(page.locator("main")).to_contain_text(words, timeout=30_000)
            assert page.evaluate(nameless) == [], path


def test_planted_scripts_are_shown_and_do_not_run(browser: Browser, address: str) -> None:
    (row,) = httpx.get(f"{address}/api/documents?source=planted").json()["rows"]
    paths = [
        "/documents?source=planted",
        f"/documents/{row['doc_id']}",
        f"/documents/{row['doc_id']}?original=1",
        "/search?words=the page of a stranger&source=planted",
        f"/groups?doc_id={row['doc_id']}",
        f"/negatives?doc_id={row['doc_id']}",
    ]
    with looking(browser, "light") as (page, _):
        for path in paths:
            page.goto(address + path)
            expect(page.locator("main")).to_contain_text("window.ran = 1", timeout=30_000)
            page.wait_for_load_state("networkidle")
            for frame in page.frames:
                if frame is page.main_frame:
                    assert frame.evaluate("window.ran === undefined"), path
            assert page.locator("main script, main img[onerror]").count() == 0
        page.goto(f"{address}/documents/{row['doc_id']}")
        expect(page.locator("article")).to_contain_text(PLANTED)


def test_the_keyboard_is_enough(browser: Browser, address: str) -> None:
    with looking(browser, "light") as (page, said):
        page.goto(f"{address}/documents")
        page.locator("[data-row]").first.wait_for()
        page.keyboard.press("?")
        expect(page.locator("dialog.keys")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("planted")
        expect(page.locator("h1")).to_have_text(re.compile(r"^1 document(?!s)"))
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("article")).to_contain_text("window.ran")
        page.keyboard.press("g")
        page.keyboard.press("n")
        expect(page.locator("h1")).to_contain_text("Mined negatives")
        assert said == []


def test_a_brought_picture_is_looked_for(browser: Browser, address: str, tmp_path: Path) -> None:
    with looking(browser, "light") as (page, said):
        (row,) = httpx.get(f"{address}/api/documents?sort=images&descending=true&limit=1").json()["rows"]
        drawn = httpx.get(f"{address}/api/images/{row['faces'][0]}?side=2048").content
        (tmp_path / "asked.webp").write_bytes(drawn)
        page.goto(f"{address}/search")
        page.locator("input[type=file]").set_input_files(tmp_path / "asked.webp")
        first = page.locator(".gallery a[data-row]").first
        first.wait_for(timeout=60_000)
        assert row["faces"][0] in (first.locator("img").get_attribute("src") or "")
        assert said == []


def test_a_mark_made_in_the_browser_changes_the_next_mining(
    browser: Browser, address: str, dataset: str
) -> None:
    def mined() -> set[tuple[object, ...]]:
        names = ("doc_id", "position", "negative_doc_id", "negative_position")
        return {tuple(row[name] for name in names) for row in read(dataset, "negatives").to_pylist()}

    shown = httpx.get(f"{address}/api/negatives?order=suspected&limit=1").json()["rows"][0]
    pair = (shown["doc_id"], shown["position"], shown["negative_doc_id"], shown["negative_position"])
    assert pair in mined()
    with looking(browser, "light") as (page, said):
        page.goto(f"{address}/negatives?order=suspected")
        button = page.locator(".pair").first.get_by_role("button", name="Belong together")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        page.goto(f"{address}/negatives?order=marked")
        expect(page.locator(".pair")).to_have_count(1)
        assert said == []
    apart("mine", dataset)
    assert pair not in mined()
