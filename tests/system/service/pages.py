"""Prefect's pages as a person uses them."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

from tests.fidelity.browser import PROGRAM

_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
#: Names a folder for pictures of what was seen.
PICTURES = "LOOSELEAF_TEST_PICTURES"

#: Pages are slow while the machine is busy; milliseconds.
_PATIENCE = 60_000


class Pages:
    """A browser on the pages of one server; all that it asks of other hosts is noted.

    Args:
        context: the browser.
        address: of the server, http://host:port.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(_PATIENCE)
        self.asked_elsewhere: list[str] = []
        self.address = address
        self._pictures = 0
        # What the page's policy forbids never becomes a request that is answered or fails on the network.
        self.page.on("response", lambda answer: self._note(answer.url))

    def start(self, flow: str, fields: dict[str, str]) -> str:
        """Start a flow by its form, and return the id of its run.

        Args:
            flow: its name; its deployment is called local.
            fields: what is written into the form, by label.
        """
        self.open_form(flow)
        for label, value in fields.items():
            self.field(label).fill(value)
        self.picture(f"form-{flow}")
        self.page.get_by_role("button", name="Submit").click()
        link = self.page.get_by_role("link", name="View run").or_(
            self.page.get_by_role("button", name="View run")
        )
        link.first.click()
        self.page.wait_for_url(re.compile("/runs/flow-run/"))
        return self.page.url.rsplit("/flow-run/", 1)[1].split("?")[0]

    def open_form(self, flow: str) -> None:
        """Go from the list of flows to the form of a deployment."""
        self.page.goto(f"{self.address}/v2/flows")
        self.page.get_by_role("link", name=flow, exact=True).first.click()
        self.page.get_by_role("tab", name="Deployments").click()
        self.page.get_by_role("link", name="local", exact=True).first.click()
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Custom run").click()
        expect(self.page.get_by_role("button", name="Submit")).to_be_visible()

    def field(self, label: str) -> Locator:
        """Return the input of a field of the form."""
        return self.page.get_by_label(re.compile(rf"^{label}( \(Optional\))?$"))

    def wait_for_state(self, state: str, seconds: float) -> None:
        """Wait until the page of a run shows that it is in a state."""
        expect(self.page.get_by_text(state, exact=True).first).to_be_visible(timeout=1e3 * seconds)

    def artifacts(self, *keys: str) -> None:
        """Look at the artifacts of the run, and wait for some."""
        self.page.get_by_role("tab", name="Artifacts").click()
        for key in keys:
            expect(self._artifact(key)).to_be_visible()

    @contextlib.contextmanager
    def artifact(self, key: str) -> Iterator[None]:
        """Open what an artifact of the run shows now, and come back."""
        run = self.page.url
        self._artifact(key).click()
        # Its versions are listed first, the newest above.
        self.page.locator("a[href*='/artifacts/artifact/']").first.click()
        self.page.wait_for_url(re.compile("/artifacts/artifact/"))
        yield
        self.picture(key)
        self.page.goto(run)

    def cancel(self) -> None:
        """Cancel the run."""
        self.page.get_by_role("button", name="Open menu").click()
        self.page.get_by_role("menuitem", name="Cancel").click()
        self.page.get_by_role("alertdialog").get_by_role("button", name="Cancel Flow Run").click()

    def picture(self, name: str, page: Page | None = None) -> None:
        """Keep a picture of the page, or of another, if the environment names a folder for them."""
        folder = os.environ.get(PICTURES)
        if folder:
            self._pictures += 1
            path = Path(folder) / f"{self._pictures:02d}-{name}.png"
            (page or self.page).screenshot(path=str(path), full_page=True)

    def _artifact(self, key: str) -> Locator:
        return self.page.locator(f"a[href$='/artifacts/key/{key}']").first

    def _note(self, url: str) -> None:
        if url.startswith("http") and not url.startswith(("http://127.0.0.1:", "http://localhost:")):
            self.asked_elsewhere.append(url)


@contextlib.contextmanager
def pages(address: str) -> Iterator[Pages]:
    """Open a browser on a server's pages."""
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory(prefix="looseleaf-chromium-") as profile,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=PROGRAM,
            headless=True,
            viewport={"width": 1280, "height": 1000},
            args=list(_FLAGS),
        )
        try:
            yield Pages(context, address)
        finally:
            context.close()
