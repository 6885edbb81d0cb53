"""Real pages against a real browser: a small draw holds what the whole sample must."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fidelity.browser import Shown, chromium
from tests.fidelity.measure import measure
from tests.fidelity.sample import draw, neighbours
from tests.fidelity.scoring import total
from tests.fidelity.targets import TARGETS

_PAGES = 20


def test_a_draw_of_pages_is_read_as_chromium_shows_it() -> None:
    pages = draw(_PAGES)
    assert len({page.corpus for page in pages}) >= 5
    measured = measure(pages, ["looseleaf"])
    reached = total(measured.scores["looseleaf"].values())
    found = {name: getattr(reached, name) for name in TARGETS}
    assert all(found[name] is not None and found[name] >= least for name, least in TARGETS.items()), found


def test_the_draw_is_fixed_and_neighbours_are_other_pages() -> None:
    pages = draw(14)
    assert pages == draw(14)
    assert pages != draw(14, seed=1)
    others = neighbours(pages, 3)
    assert not set(others) & set(pages)
    assert {page.corpus for page in others} == {page.corpus for page in pages}


LONG = "The plate carries the load along its upper edge until the stress at the hole is high. " * 12
SVG = "<svg width='{0}' height='{0}'><rect width='9' height='9'/></svg>"
STYLE = """
.menu { position: absolute; left: 0; top: 0; width: 200px; height: 500px }
.body { margin-left: 260px }
.away { position: absolute; left: -9999px }
.cut { position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0, 0, 0, 0) }
.scroll { height: 40px; overflow: auto }
.thin { opacity: 0 }
.clear { color: transparent }
.black { color: rgb(0, 0, 0) }
small { font-size: 9px }
"""
PAGE = f"""<!DOCTYPE html><html><head><meta charset=utf-8><style>{STYLE}</style></head><body>
<div class=menu><p>Sidebar one</p><p>Sidebar two</p></div>
<div class=body>
<nav>Landmark</nav>
<h1>Title</h1>
<p class=black>{LONG}</p>
<ul><li><a href=a>Link one</a><li><a href=b>Link two</a>
<li><a href=c>Link three</a><li><a href=d>Link four</a>
</ul>
<p style='display: none'>gone</p><p class=away>gone</p><p class=cut>gone</p><p class=thin>gone</p>
<p class=clear>gone</p><p hidden>gone</p>
<div class=scroll><p>{LONG}</p><p>scrolled to</p></div>
<details><summary>Summary</summary><p>opened</p></details>
<section><aside>footnote</aside></section>
<button>Press</button>
<div id=made></div>
{SVG.format(200)} {SVG.format(20)} <img src=missing.png alt=missing width=200 height=200>
<p>{LONG}</p>
</div>
<p><small>Small print of the end</small></p>
<script>
addEventListener("load", () => {{ document.getElementById("made").textContent = "scripted" }});
</script>
</body></html>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    page: Path = tmp_path_factory.mktemp("pages") / "page.html"
    page.write_text(PAGE)
    with chromium() as browser:
        return browser.look(page.as_uri())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Sidebar two", "sidebar"),
        ("Landmark", "landmark"),
        ("Title", None),
        ("The plate", None),
        ("Link three", "menu"),
        ("scrolled to", None),
        ("Summary", None),
        ("opened", None),
        ("footnote", None),
        ("Press", "control"),
        ("scripted", "script"),
        ("Small print", "small print"),
    ],
)
def test_the_rules_of_the_browsers_side(seen: list[Shown], text: str, why: str | None) -> None:
    found = [item for item in seen if item.text.strip().startswith(text)]
    assert found
    assert {item.why for item in found} == {why}


def test_what_is_hidden_or_did_not_load_is_not_shown(seen: list[Shown]) -> None:
    assert not [item for item in seen if "gone" in item.text]
    assert [item.why for item in seen if item.kind == "image"] == [None, "small"]
