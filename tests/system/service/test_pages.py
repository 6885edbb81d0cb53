"""From `looseleaf serve` on only a browser: build, mine, train, look, and cancel.

`LOOSELEAF_TEST_PICTURES` names a folder for pictures of every step.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.flows.served import Served
from tests.system.service.pages import Pages, pages

pytestmark = pytest.mark.timeout(3600)

#: For one flow, on a machine that has much else to do; seconds.
_LONG = 900

_CONFIG = "steps: {steps}\nworkers: 2\ncheckpoint_every: 5\nbatch: {{documents: 8}}\n"


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[Pages]:
    with pages(served.prefect.removesuffix("/api")) as found:
        yield found


def _live(served: Served) -> list[str]:
    return [name for name, status in served.jobs().items() if status in ("PENDING", "RUNNING")]


def test_a_wrong_value_is_refused_in_the_form(browser: Pages) -> None:
    browser.open_form("train")
    browser.field("Dataset").fill("/somewhere")
    browser.field("Run").fill("/elsewhere")
    browser.field("Workers").fill("5000")
    form = browser.page.url
    browser.page.get_by_role("button", name="Submit").click()
    browser.picture("refused")
    assert browser.page.url == form, "nothing was started"
    said = browser.field("Workers").evaluate("input => input.validationMessage")
    assert "1024" in said


def test_build_train_look_and_cancel_with_a_browser_alone(
    served: Served, browser: Pages, recipe: Path, tmp_path: Path
) -> None:
    dataset = str(tmp_path / "dataset")
    for name, steps in (("short", 10), ("long", 5000)):
        (tmp_path / f"{name}.yaml").write_text(_CONFIG.format(steps=steps))

    browser.start("build", {"Recipe": str(recipe), "Dataset": dataset})
    browser.picture("build-running")
    browser.wait_for_state("Completed", _LONG)
    browser.artifacts("extract-report", "extract-progress", "counts", "samples", "links")
    browser.picture("build-artifacts")

    browser.start("mine", {"Dataset": dataset})
    browser.wait_for_state("Completed", _LONG)

    trained = {"Dataset": dataset, "Run": str(tmp_path / "run"), "Config": str(tmp_path / "short.yaml")}
    browser.start("train", trained)
    browser.wait_for_state("Completed", _LONG)
    browser.artifacts("train-curves", "train-progress")
    with browser.artifact("train-curves"):
        curves = browser.page.locator("img[src^='data:image']").first
        expect(curves).to_be_visible()
        assert curves.evaluate("image => image.naturalWidth") > 0

    browser.start("evaluate", {"Run": trained["Run"]})
    browser.wait_for_state("Completed", _LONG)
    browser.artifacts("metrics")
    with browser.artifact("metrics"):
        expect(browser.page.get_by_role("columnheader", name="method")).to_be_visible()
        expect(browser.page.get_by_role("cell", name="unaligned/both")).to_be_visible()

    browser.start("report", {"Place": trained["Run"]})
    browser.wait_for_state("Completed", _LONG)
    browser.artifacts("report")
    with browser.artifact("report"), browser.page.context.expect_page() as opened:
        browser.page.get_by_role("link", name="Open the report").first.click(modifiers=["Control"])
    report = opened.value
    expect(report.locator("h1").first).to_be_visible()
    browser.picture("report-opened", report)
    assert report.url.startswith(served.pages)
    report.close()

    browser.start(
        "train", {**trained, "Run": str(tmp_path / "cancelled"), "Config": str(tmp_path / "long.yaml")}
    )
    until = time.monotonic() + _LONG
    while not _live(served):
        assert time.monotonic() < until
        time.sleep(0.5)
    browser.cancel()
    browser.wait_for_state("Cancelled", 180)
    browser.picture("cancelled")
    assert _live(served) == []
    assert browser.asked_elsewhere == [], "the pages ask nobody but the server"
