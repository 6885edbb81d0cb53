"""Makes the pictures of the README: `python -m tests.readme FOLDER` writes explorer, report and service.png.

A service builds, mines and trains on a CAD kernel's guides, a book of a circuit editor and simulation
reports; the system's Chromium then looks at its explorer, at the report of the run and at Prefect's pages.
It needs what `tests/system/install` installs, and some minutes.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.explored import explored_recipe
from tests.fidelity.browser import PROGRAM
from tests.flows.served import Served, serving

_SIZE: ViewportSize = {"width": 1280, "height": 800}
_SHEET: ViewportSize = {"width": 1280, "height": 1720}
_TALL: ViewportSize = {"width": 1280, "height": 1240}
_GUIDES, _REPORTS, _STEPS = 16, 24, 150
_PATIENCE = 60_000
#: The map is drawn in the background; seconds.
_LONG = 600


def main(folder: Path) -> None:
    """Write `explorer.png`, `report.png` and `service.png` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        recipe, dataset = place / "recipe.yaml", place / "manuals"
        # YAML reads JSON.
        recipe.write_text(json.dumps(explored_recipe(place, _GUIDES, _REPORTS) | {"name": "manuals"}))
        options = ("--recipe", str(recipe), "--out", str(dataset))
        more = {"XDG_CACHE_HOME": str(place / "cache")}
        with serving(place / "home", *options, more=more) as served:
            served.run("build", str(recipe), "--out", str(dataset))
            served.run("mine", str(dataset))
            run = served.run("train", str(dataset), "--steps", str(_STEPS))["run"]
            served.run("evaluate", str(run))
            report = served.run("report", str(run))["report"]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=PROGRAM, args=["--no-sandbox", "--no-first-run"]
                )
                _explorer(browser, served, folder / "explorer.png")
                _report(browser, Path(report), folder / "report.png")
                _service(browser, served, folder / "service.png")
                browser.close()


def _page(browser: Browser) -> Page:
    page = browser.new_context(viewport=_SIZE, color_scheme="light").new_page()
    page.set_default_timeout(_PATIENCE)
    return page


def _explorer(browser: Browser, served: Served, out: Path) -> None:
    """Show the map of all pictures, one of them chosen."""
    address = re.findall(r"Explorer: +(\S+)", served.log.read_text())[-1]
    until = time.monotonic() + _LONG
    while not _asked(f"{address}/api/map/images").get("ready"):
        if time.monotonic() > until:
            raise TimeoutError(f"{address} has drawn no map")
        time.sleep(1)
    page = _page(browser)
    page.goto(f"{address}/map?of=images")
    page.locator(".map canvas").first.wait_for()
    page.wait_for_load_state("networkidle")
    _choose_a_point(page)
    page.wait_for_timeout(1500)
    page.screenshot(path=out)


def _choose_a_point(page: Page) -> None:
    """Click along the middle of the map until a picture's card shows."""
    box = page.locator(".map").bounding_box()
    assert box is not None
    for share in (part / 40 for part in range(8, 36)):
        page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.5)
        page.wait_for_timeout(150)
        if page.locator(".card img").count():
            return


def _asked(url: str) -> dict[str, Any]:
    try:
        found = httpx.get(url, timeout=30).json()
    except httpx.TransportError:
        # It starts when there is a build, and again when that was mined.
        return {}
    return found if isinstance(found, dict) else {}


def _report(browser: Browser, path: Path, out: Path) -> None:
    """Show the report's first page, and beside it the one on which its trainings begin."""
    page = _page(browser)
    page.set_viewport_size(_SHEET)
    sheets = Image.new("RGB", (2 * _SHEET["width"], _SHEET["height"]))
    for number, anchor in enumerate(("", "#training")):
        page.goto(f"file://{path}{anchor}")
        page.wait_for_load_state("load")
        with Image.open(io.BytesIO(page.screenshot())) as sheet:
            sheets.paste(sheet, (number * _SHEET["width"], 0))
    sheets.resize((_SHEET["width"], _SHEET["height"] // 2), Image.Resampling.LANCZOS).save(out)


def _service(browser: Browser, served: Served, out: Path) -> None:
    """Show the runs of the flows in Prefect's pages."""
    page = _page(browser)
    page.set_viewport_size(_TALL)
    page.goto(f"{served.prefect.removesuffix('/api')}/runs")
    page.get_by_text("Completed").first.wait_for()
    page.wait_for_timeout(4000)
    page.screenshot(path=out)


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m tests.readme", description="Makes the pictures of the README.")
    parser.add_argument("folder", type=Path)
    main(parser.parse_args(sys.argv[1:]).folder)
