"""Each probe is a thing that pages do."""

from __future__ import annotations

import pytest

from pipeline.extract.element import Element, ReadDocument
from pipeline.extract.html import read_html

URL = "http://x.org/docs/page.html"
PNG = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 300


def read(body: str, head: str = "") -> ReadDocument:
    page = f"<html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return read_html(page.encode(), URL)


def kinds(document: ReadDocument) -> list[tuple[str, str | None]]:
    return [(e.kind, e.image_url if e.kind == "image" else e.text) for e in document.elements]


def images(body: str, head: str = "") -> list[Element]:
    return [e for e in read(body, head).elements if e.kind == "image"]


@pytest.mark.parametrize(
    ("body", "candidates"),
    [
        ("<img src=a.png>", ["docs/a.png"]),
        ("<img src='../up.png'>", ["up.png"]),
        ("<img src='/r.png#frag'>", ["r.png"]),
        ("<img src=' sp ace.png\n'>", ["docs/sp%20ace.png"]),
        ("<img src='image?id=33'>", ["docs/image?id=33"]),
        ("<img src=spacer.gif data-src=real.png>", ["docs/real.png", "docs/spacer.gif"]),
        ("<img srcset='s.png 100w, l.png 900w' src=m.png>", ["docs/l.png", "docs/s.png", "docs/m.png"]),
        ("<img srcset='c,1.png 1x, c,2.png 2x'>", ["docs/c,2.png", "docs/c,1.png"]),
        ("<img data-srcset='a.png, b.png 2x'>", ["docs/b.png", "docs/a.png"]),
        (
            "<picture><source type=image/avif srcset=a.avif><source srcset=w.webp><img src=f.jpg></picture>",
            ["docs/w.webp", "docs/f.jpg", "docs/a.avif"],
        ),
        (
            "<img src=blank.gif class=lazy><noscript><img src=real.png></noscript>",
            ["docs/real.png", "docs/blank.gif"],
        ),
        ("<a href=full.png><img src=thumb.png></a>", ["docs/thumb.png", "docs/full.png"]),
        ("<object type=image/svg+xml data=d.svg></object>", ["docs/d.svg"]),
    ],
)
def test_candidates_are_ranked(body: str, candidates: list[str]) -> None:
    (image,) = images(body)
    assert list(image.image_candidates) == [f"http://x.org/{path}" for path in candidates]
    assert image.image_url == image.image_candidates[0]


def test_first_base_counts() -> None:
    (image,) = images("<img src=i.png>", "<base href='http://cdn.z.org:81/a/'><base href='http://no.org/'>")
    assert image.image_url == "http://cdn.z.org:81/a/i.png"


@pytest.mark.parametrize(
    "body",
    [
        "<img src=t.gif width=1 height=1>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
        "<div style='display: none'><img src=a.png></div>",
        "<img src=a.png hidden>",
        "<template><img src=a.png></template>",
        "<img src='javascript:x()'>",
        "<img>",
    ],
)
def test_what_shows_no_image_gives_none(body: str) -> None:
    assert images(body) == []


def test_data_url_becomes_inline_bytes() -> None:
    document = read(f"<p>a</p><img src='{PNG}' alt=x>")
    image = document.elements[1]
    assert image.image_id in document.inline_images
    assert image.image_url == f"{URL}#inline-1"


def test_inline_svg_is_an_image() -> None:
    document = read("<svg><title>A plot</title><path d='M0 0'/></svg>")
    (image,) = document.elements
    assert image.alt == "A plot"
    assert document.inline_images[image.image_id or ""].startswith(b"<svg")


def test_figure_is_one_unit() -> None:
    document = read(
        "<p>Before.</p><figure><figcaption>Both <b>plots</b>.</figcaption>"
        "<img src=a.png><img src=b.png></figure>"
        "<p>After.</p>"
    )
    before, caption, first, second, after = document.elements
    assert caption.text == "Both plots."
    assert caption.caption_of == first.position
    assert caption.figure == first.figure == second.figure is not None
    assert before.figure is None
    assert after.figure is None


def test_div_figures_and_their_captions() -> None:
    document = read(
        '<div class="image"><img src="a.png" alt=""/><div class="caption">Key concepts</div></div>'
    )
    image, caption = document.elements
    assert image.alt is None
    assert (caption.text, caption.caption_of) == ("Key concepts", image.position)


def test_a_figure_without_images_binds_nothing() -> None:
    document = read("<figure><pre>code</pre><figcaption>Listing</figcaption></figure><img src=a.png>")
    assert [e.caption_of for e in document.elements] == [None, None, None]


def test_sections() -> None:
    document = read("<p>a</p><h1>One</h1><p>b</p><h2>Two</h2><p>c</p><h2>Three</h2><p>d</p>")
    texts = {e.text: e for e in document.elements}
    assert texts["a"].section == 0
    assert texts["c"].section_path == ("One", "Two")
    assert texts["d"].section_path == ("One", "Three")
    assert texts["d"].section == 3


def test_lists_code_quotes_and_formulas() -> None:
    document = read(
        "<ul><li>a<ul><li>b</li></ul></li></ul><pre>x =  1\n  y</pre><blockquote><p>q</p></blockquote>"
        "<p>E is <math><mi>m</mi><annotation encoding='application/x-tex'>mc^2</annotation></math>.</p>"
        "<script type='math/tex; mode=display'>a+b</script><div class=math>\\[ c \\]</div>"
    )
    assert kinds(document) == [
        ("list_item", "a"),
        ("list_item", "b"),
        ("code", "x =  1\n  y"),
        ("quote", "q"),
        ("text", "E is $mc^2$."),
        ("math", "a+b"),
        ("math", "c"),
    ]
    assert [e.level for e in document.elements[:2]] == [1, 2]


def test_code_of_one_box_a_line() -> None:
    document = read('<div class="fragment"><div class="line">a;</div><div class="line">b;</div></div>')
    assert kinds(document) == [("code", "a;\nb;")]


def test_table_as_markdown_with_its_images() -> None:
    document = read(
        "<table><tr><th>Icon<th colspan=2>What</tr><tr><td><img src=i.png><td>a|b<td>c</tr></table>"
    )
    assert kinds(document) == [
        ("table", "| Icon | What |  |\n| --- | --- | --- |\n|  | a\\|b | c |"),
        ("image", "http://x.org/docs/i.png"),
    ]


def test_layout_table_is_walked() -> None:
    document = read("<table><tr><td><h2>Title</h2><p>Text.</p></td><td><img src=a.png></td></tr></table>")
    assert [e.kind for e in document.elements] == ["heading", "text", "image"]


def test_boilerplate_is_marked_and_kept() -> None:
    document = read(
        "<nav><a href=/>Home</a></nav><header><p>Site</p></header>"
        "<main><header><h1>T</h1></header><p>Body</p></main>"
        "<div class='admonition'><p>Note</p></div><footer>(c)</footer><div role=navigation>Next</div>"
    )
    assert {e.text: e.boilerplate for e in document.elements} == {
        "Home": True, "Site": True, "T": False, "Body": False, "Note": False, "(c)": True, "Next": True,
    }  # fmt: skip


def test_long_lists_of_links_are_boilerplate() -> None:
    menu = "".join(f"<li><a href={n}>Page {n}</a></li>" for n in range(5))
    document = read(f"<ul>{menu}</ul><ul><li><a href=x>One</a> and much more text</li></ul>")
    assert [e.boilerplate for e in document.elements] == [True] * 5 + [False]


def test_text_around_an_image_keeps_its_order_and_icons_end_no_sentence() -> None:
    document = read("<p>a <img src=big.png> b</p><p>Press <img src=i.png width=20 height=20> now.</p>")
    assert [text for _, text in kinds(document)] == [
        "a", "http://x.org/docs/big.png", "b", "Press now.", "http://x.org/docs/i.png",
    ]  # fmt: skip


def test_title_language_and_license() -> None:
    head = (
        "<title> The  page </title><link rel=license href='https://creativecommons.org/licenses/by-sa/4.0/'>"
    )
    text = "The stress in the plate with a hole is highest where the load path has to bend around it."
    document = read(f"<p>{text}</p>", head)
    assert (document.title, document.language, document.license) == ("The page", "en", "CC-BY-SA-4.0")


def test_breaks_part_paragraphs() -> None:
    assert [e.text for e in read("a<br>b<br><br>c").elements] == ["a b", "c"]


@pytest.mark.parametrize("depth", [100_000])
def test_deep_nesting_is_read(depth: int) -> None:
    for page in ("<div>" * depth + "deep", "<div>" * depth + "deep" + "</div>" * depth + "<p>after</p>"):
        document = read_html(page.encode(), URL)
        assert document.elements[0].text == "deep"


@pytest.mark.parametrize("data", [b"", b"\x00", b"<", b"<html", b"\xff\xfe", "<p>é".encode("utf-16")])
def test_damaged_pages_do_not_raise(data: bytes) -> None:
    read_html(data, URL)


def test_same_bytes_same_elements() -> None:
    page = b"<h1>a</h1><figure><img src=a.png><figcaption>c</figcaption></figure>"
    assert read_html(page, URL) == read_html(page, URL)
