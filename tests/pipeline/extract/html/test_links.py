from __future__ import annotations

import pytest

from pipeline.extract.element import Element
from pipeline.extract.html import read_html

MENU = [f"<a href=/{name}>{name} index</a>" for name in ("main", "raster", "topics", "keywords", "full")]


def read(body: str) -> list[Element]:
    return list(
        read_html(f"<html><body>{body}</body></html>".encode(), "http://x.org/docs/page.html").elements
    )


def marked(body: str) -> list[str]:
    return [element.text or "" for element in read(body) if element.boilerplate]


@pytest.mark.parametrize(
    "menu",
    [
        f"<p>{' | '.join(MENU)}</p>",
        f"<div>{' · '.join(MENU)}</div>",
        f"<ul><li>{'<li>'.join(MENU)}</ul>",
        f"<p>{'<p>'.join(MENU)}</p>",
        f"<p>{' | '.join(MENU[:2])}</p><p>{' | '.join(MENU[2:])}</p>",
    ],
)
def test_four_links_and_nothing_else_are_a_menu_in_any_form(menu: str) -> None:
    texts = marked(f"<p>The plate carries the load.</p>{menu}<p>The stress peaks at the hole.</p>")
    assert "full index" in " ".join(texts)
    assert "main index" in " ".join(texts)
    assert not any("plate" in text or "stress" in text for text in texts)


def test_a_few_links_links_in_sentences_and_captions_are_content() -> None:
    assert marked(f"<p>{' | '.join(MENU[:3])}</p>") == []
    assert (
        marked(f"<p>The indexes are {', '.join(MENU)}; each of them lists the commands by another order.</p>")
        == []
    )
    assert (
        marked(f"<ul>{''.join(f'<li>{link} and what it is good for, in short' for link in MENU)}</ul>") == []
    )
    assert marked(f"<p>{', '.join(MENU)}</p>") == []
    thumbnails = "".join(
        f"<figure><img src={at}.png><figcaption>{link}</figcaption></figure>" for at, link in enumerate(MENU)
    )
    assert marked(thumbnails) == []


def test_every_element_has_a_score_and_the_mark_says_on_which_side_it_is() -> None:
    elements = read(
        f"<nav>Home</nav><h1>Plate</h1><p><a href=/a>One link</a></p><p>The plate.</p>"
        f"<ul><li>{'<li>'.join(MENU)}</ul>"
        "<p>See <a href=/b>this</a> for the rest of it.</p><img src=a.png>"
        "<table><tr><th>a<th>b<tr><td>1<td>2</table>"
    )
    scores = [element.boilerplate_score for element in elements]
    assert all(score is not None and 0.0 <= score <= 1.0 for score in scores)
    assert [element.boilerplate for element in elements] == [(score or 0.0) >= 0.5 for score in scores]
    by_text = {element.text: element.boilerplate_score for element in elements}
    assert by_text["Home"] == by_text["main index"] == 1.0
    assert by_text["The plate."] == 0.0
    one, within = by_text["One link"], by_text["See this for the rest of it."]
    assert one is not None
    assert within is not None
    assert 0.0 < within < one < 0.5


def test_arrows_of_books_and_what_opens_under_the_pointer_are_not_content() -> None:
    texts = [
        element.text
        for element in read(
            "<div class=navheader><table><tr><td>Prev<td>Next</table></div>"
            "<p>The plate.</p>"
            "<table class=memberdecls><tr><th>type<th>name<tr><td>int<td>own()"
            "<tr class='memitem:a inherit pub_methods_b'><td>int<td>inherited()</table>"
            "<div class=fragment><div class=line>load(plate)</div><div class=ttc>cv::load</div></div>"
            "<div class=ttc>cv::plate</div>"
        )
        if not element.boilerplate
    ]
    assert len(texts) == 3
    assert not any("inherited" in (text or "") or "cv::" in (text or "") for text in texts)
