"""Small pages, each a thing that pages do, and what must come out of them: a line for each element.

    h2 TITLE                    a heading and its level
    text WORDS                  a paragraph
    item WORDS, item2 WORDS     a list's item and its depth
    code[LANGUAGE] LINES        program text; `code LINES` where the page names no language
    math TEX, quote WORDS
    table A; B / C; D           cells and rows, what spans repeated
    image URL, URL "ALT"        every candidate, best first, relative to the page; and the alternative text
    inline "ALT"                an image whose bytes are part of the page
    formula URL                 the picture of a formula that no TeX is known of
    caption(URL) WORDS          a text that describes the image of that URL

A line of what surrounds the content begins with `~`, one in another language than the page's ends with `{de rtl}`.
"""

# ruff: noqa: E501 - a table is read along its lines
from __future__ import annotations

from typing import NamedTuple

import pytest

from pipeline.extract.element import Element, ReadDocument
from pipeline.extract.html import read_html

URL = "http://x.org/docs/page.html"
_FOLDER = "http://x.org/docs/"
PIXELS = "data:image/png;base64,iVBORw0KGgo" + "A" * 300
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
PLOT = "<svg width=300 height=200 viewBox='0 0 300 200'><path d='M0 0L9 9'/></svg>"


class Probe(NamedTuple):
    """A page's body (and head), and the lines that must come out."""

    name: str
    body: str
    lines: list[str]
    head: str = ""


# fmt: off
PROBES = [
    # Where an image may be had from.
    Probe("a plain image", "<img src=a.png alt='A plate'>", ['image a.png "A plate"']),
    Probe("a path upwards", "<img src=../up.png>", ["image ../up.png"]),
    Probe("a path from the root, with a fragment", "<img src='/r.png#f'>", ["image ../r.png"]),
    Probe("another host and port, no scheme", "<img src='//c.org:81/a.png'>", ["image http://c.org:81/a.png"]),
    Probe("no file extension", "<img src='image?id=33'>", ["image image?id=33"]),
    Probe("white space in a URL", "<img src=' a b.png\n'>", ["image a%20b.png"]),
    Probe("the first base counts", "<img src=i.png>", ["image http://z.org/a/i.png"],
          "<base target=_top><base href='http://z.org/a/'><base href='http://no.org/'>"),
    Probe("only a srcset", "<img srcset='s.png 100w, l.png 900w'>", ["image l.png, s.png"]),
    Probe("densities beside a src", "<img srcset='b.png 2x' src=a.png>", ["image b.png, a.png"]),
    Probe("commas within the URLs of a srcset", "<img srcset='c,1.png 1x, c,2.png 2x'>", ["image c,2.png, c,1.png"]),
    Probe("a srcset without spaces", "<img srcset='a.png,b.png 2x'>", ["image a.png,b.png"]),
    Probe("a picture's sources", "<picture><source srcset=w.webp><img src=f.jpg></picture>", ["image w.webp, f.jpg"]),
    Probe("formats that few can read come late",
          "<picture><source type=image/avif srcset=a.avif><img src=f.jpg></picture>", ["image f.jpg, a.avif"]),
    Probe("sources for phones and for paper come late",
          "<picture><source media='(max-width: 600px)' srcset=s.png><source media=print srcset=p.png>"
          "<source media='(min-width: 601px)' srcset=l.png><img src=f.png></picture>",
          ["image l.png, f.png, s.png, p.png"]),
    Probe("data-src over a spacer", "<img src=spacer.gif data-src=real.png>", ["image real.png, spacer.gif"]),
    Probe("data-original over an inline dot", f"<img src='{DOT}' data-original=real.png>", ["image real.png"]),
    Probe("a cousin never heard of", "<img src=blank.gif data-my-lazy-src=real.png>", ["image real.png, blank.gif"]),
    Probe("a larger file named aside", "<img src=m.png data-large-file=l.png data-image-title='A.B'>",
          ["image l.png, m.png"]),
    Probe("data-srcset", "<img data-srcset='a.png, b.png 2x'>", ["image b.png, a.png"]),
    Probe("sizes as JSON", """<img src=a.jpg data-a-dynamic-image='{"s.jpg":[90,60],"l.jpg":[900,600]}'>""",
          ["image l.jpg, s.jpg, a.jpg"]),
    Probe("noscript after a placeholder", "<img src=blank.gif><noscript><img src=real.png></noscript>",
          ["image real.png, blank.gif"]),
    Probe("noscript before the late image", "<noscript><img src=r.png></noscript><img src=blank.gif data-src=r.png>",
          ["image r.png, blank.gif"]),
    Probe("noscript alone", "<p>a</p><noscript><p>No scripts!</p><img src=r.png></noscript>",
          ["text a", "image r.png"]),
    Probe("a thumbnail within the link to the whole", "<a href=plot.png><img src=plot-300x200.png></a>",
          ["image plot.png, plot-300x200.png"]),
    Probe("a link to another picture", "<a href=full.png><span><img src=t.png></span></a>", ["image t.png, full.png"]),
    Probe("a link to the page about a picture", "<a href='/wiki/File:A.png'><img src=a.png></a>", ["image a.png"]),
    Probe("an inline image", f"<p>a</p><img src='{PIXELS}' alt=x>", ["text a", 'inline "x"']),
    Probe("a blurred stand-in", f"<img src='{PIXELS}' data-src=real.png>", ["image real.png"]),
    Probe("a film's poster", "<video poster=p.jpg src=f.mp4>Your browser is old.</video>", ["image p.jpg"]),
    Probe("an object that is a drawing", "<object type=image/svg+xml data=d.svg><img src=d.png></object>",
          ["image d.png, d.svg"]),
    Probe("an object that is none", "<object data=a.swf><p>Get the player.</p></object>", ["text Get the player."]),
    Probe("an embedded image", "<embed src=e.png>", ["image e.png"]),
    Probe("an image as a button", "<form><input type=image src=go.png alt=Go></form>", ['image go.png "Go"']),
    Probe("an AMP image", "<amp-img src=a.png alt=A width=300 height=200></amp-img>", ['image a.png "A"']),
    Probe("an obsolete image tag", "<image src=a.png>", ["image a.png"]),
    Probe("an image placed by a drawing", "<svg viewBox='0 0 400 300'><image href=m.png /></svg>", ["image m.png"]),
    Probe("a background that is the content", "<div style=\"background-image: url('b.png')\" role=img aria-label=B>"
          "</div><div style='background:url(h.png)'><p>Text over a picture.</p></div>",
          ['image b.png "B"', "text Text over a picture."]),
    # What is no image of the content.
    Probe("one pixel", "<p>a<img src=t.gif width=1 height=1></p>", ["text a"]),
    Probe("one pixel by style", "<p>a<img src=t.gif style='width:1px;height:1px'></p>", ["text a"]),
    Probe("a counter of visits", "<p>a<img src='https://www.facebook.com/tr?id=1'></p>", ["text a"]),
    Probe("a transparent dot", f"<p>a<img src='{DOT}'></p>", ["text a"]),
    Probe("a script for a URL", "<p>a<img src='javascript:x()'></p>", ["text a"]),
    Probe("an icon within a sentence", "<p>Press <img src=i.png width=20 height=20> now.</p>",
          ["text Press now.", "image i.png"]),
    Probe("an icon drawn inline", "<p>Next <svg viewBox='0 0 24 24'><path d='M0 0'/></svg></p>", ["text Next"]),
    # Drawings.
    Probe("a drawing", PLOT.replace("<path", "<title>A plot</title><path"), ['inline "A plot"']),
    Probe("a sprite's store", "<svg style='display:none'><symbol id=a><path d='M0 0'/></symbol></svg><p>a</p>",
          ["text a"]),
    # Figures and captions.
    Probe("a figure", "<figure><img src=a.png><figcaption>Both <b>plots</b>.</figcaption></figure>",
          ["image a.png", "caption(a.png) Both plots."]),
    Probe("several images, one caption above",
          "<figure><figcaption>Two</figcaption><img src=a.png><img src=b.png></figure>",
          ["caption(a.png) Two", "image a.png", "image b.png"]),
    Probe("figures within a figure",
          "<figure><figure><img src=a.png><figcaption>A</figcaption></figure>"
          "<figure><img src=b.png><figcaption>B</figcaption></figure><figcaption>All</figcaption></figure>",
          ["image a.png", "caption(a.png) A", "image b.png", "caption(b.png) B", "caption(a.png) All"]),
    Probe("a listing in a figure", "<figure><pre>x</pre><figcaption>Listing</figcaption></figure><img src=a.png>",
          ["code x", "text Listing", "image a.png"]),
    Probe("WordPress", "<div class=wp-caption><img src=a.png><p class=wp-caption-text>Cap</p></div>",
          ["image a.png", "caption(a.png) Cap"]),
    Probe("MediaWiki", "<div class='thumb tright'><div class=thumbinner><img src=a.png><div class=thumbcaption>Cap"
          "</div></div></div>", ["image a.png", "caption(a.png) Cap"]),
    Probe("MediaWiki's gallery", "<ul class=gallery><li class=gallerybox><img src=a.png><div class=gallerytext>Cap</div>"
          "</li></ul>", ["image a.png", "caption(a.png) Cap"]),
    Probe("Bootstrap", "<figure class=figure><img src=a.png><div class=figure-caption>Cap</div></figure>",
          ["image a.png", "caption(a.png) Cap"]),
    Probe("Sphinx", "<div class=figure><img src=a.png><p class=caption><span class=caption-text>Cap</span></p></div>",
          ["image a.png", "caption(a.png) Cap"]),
    Probe("DocBook", "<div class=figure><p class=title><b>Figure 1</b></p><div class=mediaobject><img src=a.png></div>"
          "</div>", ["caption(a.png) Figure 1", "image a.png"]),
    Probe("a caption by its class alone", "<p><img src=a.png></p><p class=caption>Cap</p><p>Next.</p>",
          ["image a.png", "caption(a.png) Cap", "text Next."]),
    Probe("described by another node",
          "<img src=a.png aria-describedby=d><p>Between.</p><p id=d>The mesh.</p>",
          ["image a.png", "text Between.", "caption(a.png) The mesh."]),
    Probe("a figure labelled from before", "<p id=l>Label</p><div role=figure aria-labelledby=l><img src=a.png></div>",
          ["caption(a.png) Label", "image a.png"]),
    Probe("labelled by what is hidden", "<img src=a.png aria-labelledby=l><span id=l hidden>A mesh</span>",
          ['image a.png "A mesh"']),
    Probe("a caption in the cell below", "<table><tr><td><img src=a.png><tr><td>Figure 1. The plate</table>",
          ["image a.png", "caption(a.png) Figure 1. The plate"]),
    Probe("captions below a row of images",
          "<table><tr><td><img src=a.png><td><img src=b.png><tr><td>One<td>Two</table>",
          ["image a.png", "caption(a.png) One", "image b.png", "caption(b.png) Two"]),
    Probe("a gallery of cells", "<table><tr><td><img src=a.png><br>One<td><img src=b.png><br>Two</table>",
          ["image a.png", "caption(a.png) One", "image b.png", "caption(b.png) Two"]),
    Probe("a table's caption about a picture", "<table><caption>Figure 3: A gap</caption><tr><td><img src=a.png></table>",
          ["image a.png", "caption(a.png) Figure 3: A gap"]),
    # Headings and lists.
    Probe("headings", "<h1>One</h1><p>a</p><h3>Three</h3>", ["h1 One", "text a", "h3 Three"]),
    Probe("a heading by role", "<div role=heading aria-level=3>Three</div><p>a</p>", ["h3 Three", "text a"]),
    Probe("a heading with its permalink", "<h2>Two<a class=headerlink href=#two>¶</a></h2><p>a</p>", ["h2 Two", "text a"]),
    Probe("a heading never closed", "<h1>Title<p>" + "Text of the page. " * 40 + "<p>End.",
          ["h1 Title", "text " + ("Text of the page. " * 40).strip(), "text End."]),
    Probe("lists in lists", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>", ["item a", "item2 b", "item c"]),
    Probe("items never closed", "<ul><li>a<li>b<li>c</ul>", ["item a", "item b", "item c"]),
    Probe("an item of paragraphs", "<ul><li><p>a</p><p>b</p></li></ul>", ["item a", "item b"]),
    Probe("an image within an item", "<ol><li>Open <img src=a.png> it</li></ol>", ["item Open", "image a.png", "item it"]),
    Probe("terms and what they mean", "<dl><dt>E</dt><dd>Young's modulus</dd></dl>", ["item E", "item2 Young's modulus"]),
    Probe("a signature and its text", "<dl class=py><dt class=sig>f(x)</dt><dd><p>Does it.</p></dd></dl>",
          ["code f(x)", "text Does it."]),
    # Tables.
    Probe("a table", "<table><tr><th>E<th>nu<tr><td>210<td>0.3</table>", ["table E; nu / 210; 0.3"]),
    Probe("columns spanned", "<table><tr><th colspan=2>Load<tr><td>Fx<td>Fy</table>", ["table Load; Load / Fx; Fy"]),
    Probe("rows spanned", "<table><tr><th>a<th>b<tr><td rowspan=2>1<td>2<tr><td>3</table>", ["table a; b / 1; 2 / 1; 3"]),
    Probe("a foot before the body", "<table><thead><tr><th>a<th>b<tfoot><tr><td>5<td>6<tbody><tr><td>1<td>2</table>",
          ["table a; b / 1; 2 / 5; 6"]),
    Probe("a table with its caption", "<table><caption>Steel</caption><tr><td>E<td>210<tr><td>nu<td>0.3</table>",
          ["text Steel", "table E; 210 / nu; 0.3"]),
    Probe("icons in a table", "<table><tr><th>Icon<th>Use<tr><td><img src=i.png><td>Zoom</table>",
          ["table Icon; Use / ; Zoom", "image i.png"]),
    Probe("a table that arranges the page", "<table><tr><td><h2>T</h2><p>a</p><td><img src=a.png></table>",
          ["h2 T", "text a", "image a.png"]),
    Probe("a table in a table", "<table><tr><td>x<tr><td><table><tr><th>a<th>b<tr><td>1<td>2</table></table>",
          ["text x", "table a; b / 1; 2"]),
    # Code.
    Probe("code", "<pre>if x:\n    y()\n</pre>", ["code if x:\n    y()"]),
    Probe("code in a class of HTML's own", "<pre><code class=language-python>x = 1</code></pre>", ["code[python] x = 1"]),
    Probe("code by Sphinx", "<div class='highlight-c++ notranslate'><div class=highlight><pre><span></span><span class=n>"
          "x</span>;</pre></div></div>", ["code[c++] x;"]),
    Probe("code by highlight.js", "<pre><code class='hljs rust'>fn</code></pre>", ["code[rust] fn"]),
    Probe("code by data-lang", "<pre data-lang=yaml>a: 1</pre>", ["code[yaml] a: 1"]),
    Probe("code by SyntaxHighlighter", "<pre class='brush: java; gutter: false'>int x;</pre>", ["code[java] int x;"]),
    Probe("line numbers beside code", "<table class=highlighttable><tr><td class=linenos><pre>1\n2</pre><td class=code>"
          "<pre>a\nb</pre></table>", ["code a\nb"]),
    Probe("line numbers within code", "<pre><span class=linenos>1 </span>a\n<span class=linenos>2 </span>b</pre>",
          ["code a\nb"]),
    Probe("code of one box a line", "<div class=fragment><div class=line>a;</div><div class=line>b;</div></div>",
          ["code a;\nb;"]),
    Probe("breaks and a picture in code", "<pre>a<br>b<img src=p.png></pre>", ["code a\nb", "image p.png"]),
    # Formulas.
    Probe("MathML with its TeX", "<p>E is <math><mi>E</mi><annotation encoding=application/x-tex>mc^2</annotation>"
          "</math>.</p>", ["text E is $mc^2$."]),
    Probe("MathML alone", "<math display=block><mi>a</mi><mo>+</mo><mi>b</mi></math>", ["math a + b"]),
    Probe("TeX in a script", "<p>So <script type='math/tex'>x</script>:</p><script type='math/tex; mode=display'>y"
          "</script>", ["text So $x$:", "math y"]),
    Probe("TeX for a script to draw", "<p>\\[ a+b \\]</p><div class=math>\\[ c \\]</div>", ["math a+b", "math c"]),
    Probe("KaTeX", "<p><span class=katex><span class=katex-mathml><math><annotation encoding=application/x-tex>k"
          "</annotation></math></span><span class=katex-html aria-hidden=true>k</span></span></p>", ["text $k$"]),
    Probe("MathJax 2", "<p><span class=MathJax_Preview>p</span><span class=MathJax>drawn</span>"
          "<script type=math/tex>m</script></p>", ["text $m$"]),
    Probe("MathJax 3", "<p><mjx-container><mjx-math><mjx-c class=mjx-c1D465></mjx-c></mjx-math><mjx-assistive-mml>"
          "<math><mi>x</mi></math></mjx-assistive-mml></mjx-container></p>", ["text $x$"]),
    Probe("MathJax 3, drawn only", "<p><mjx-container><mjx-math><mjx-c class='mjx-c1D465 TEX-I'></mjx-c></mjx-math>"
          "</mjx-container></p>", ["text $𝑥$"]),
    Probe("a formula's picture by its TeX", "<p>If <img src=img3.png alt='$ \\sigma_y$' width=20 height=30> is</p>",
          ["text If $\\sigma_y$ is"]),
    Probe("a displayed one", "<p><img src=img4.png alt='$\\displaystyle \\frac{a}{b}$'></p>", ["math \\frac{a}{b}"]),
    Probe("a formula's picture by its class", "<img class=tex src=a.png alt='x^2'>", ["text $x^2$"]),
    Probe("a formula's picture by its renderer", "<p>is <img src='https://latex.codecogs.com/png.latex?a%5E2'></p>",
          ["text is $a^2$"]),
    Probe("a formula's picture set into the line", "<p>a <img src=img7.png align=middle width=30 height=24> b</p>",
          ["text a b", "formula img7.png"]),
    Probe("a figure set by TeX", "<img src=img8.png width=300 height=200 alt='\\begin{figure}\\epsfig{file=a}\\end{figure}'>",
          ['image img8.png "\\begin{figure}\\epsfig{file=a}\\end{figure}"']),
    Probe("a figure about a path", "<img src=a.png alt='The folder C:\\temp\\new'>", ['image a.png "The folder C:\\temp\\new"']),
    Probe("equations set out in a table", "<table><tr><td><img src=i1.png alt='$\\displaystyle a$'><td>"
          "<img src=i2.png alt='$=b$'><td>(7)</table>", ["math a =b"]),
    # Text.
    Probe("quotes", "<blockquote><p>q</p></blockquote><p>He said <q>no</q>.</p>", ["quote q", 'text He said "no".']),
    Probe("breaks", "a<br>b<br><br>c", ["text a b", "text c"]),
    Probe("words split by tags", "<p>un<b>break</b>able<wbr>s</p>", ["text unbreakables"]),
    Probe("soft hyphens and widths of zero", "<p>de&shy;for&#8203;mation</p>", ["text deformation"]),
    Probe("raised and lowered", "<p>10<sup>-6</sup> m<sup>2</sup> H<sub>2</sub>O the 1<sup>st</sup></p>",
          ["text 10⁻⁶ m² H₂O the 1st"]),
    Probe("ruby", "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>", ["text 漢(kan)"]),
    Probe("unknown tags", "<x-card><my-text>kept</my-text></x-card><blink>too</blink>", ["text kepttoo"]),
    Probe("details", "<details><summary>More</summary><p>Hidden at first.</p></details>",
          ["text More", "text Hidden at first."]),
    Probe("nodes that are hidden", "<p hidden>a</p><div style='display: none'>b</div><p style='visibility:hidden'>c</p>"
          "<span class=sr-only>d</span><dialog>e</dialog><p>f</p>", ["text f"]),
    Probe("hidden on phones only", "<div class='hidden md:block'>a</div><div class='d-none d-md-block'>b</div>",
          ["text a", "text b"]),
    Probe("a template", "<template><p>later</p></template><p>now</p>", ["text now"]),
    Probe("a shadow", "<div><template shadowrootmode=open><p>in <b>shadow</b></p></template></div>", ["text in shadow"]),
    Probe("a frame with its document", "<p>a</p><iframe srcdoc='&lt;p>b&lt;img src=i.png>'></iframe>",
          ["text a", "text b", "image i.png"]),
    Probe("a page of frames", "", ["text Read this."],
          "<frameset><frame src=a.html><noframes><p>Read this.</p></noframes></frameset>"),
    Probe("languages", "<p>Hello.</p><p lang=de-AT>Hallo.</p><div lang=ar><p>مرحبا</p></div>",
          ["text Hello.", "text Hallo. {de ltr}", "text مرحبا {ar rtl}"]),
    Probe("directions", "<p dir=rtl>abc</p><p dir=auto>שלום</p><bdi>x</bdi>",
          ["text abc {rtl}", "text שלום {rtl}", "text x"]),
    # What surrounds the content is marked, and kept.
    Probe("navigation", "<nav><a href=/>Home</a></nav><p>Body</p><div role=search>Find</div>",
          ["~text Home", "text Body", "~text Find"]),
    Probe("headers in and out of an article", "<header>Site</header><main><header><h1>T</h1></header></main>",
          ["~text Site", "h1 T"]),
    Probe("menus by their links", "<ul>" + "".join(f"<li><a href={n}>Page {n}</a></li>" for n in range(4)) + "</ul>",
          [f"~item Page {n}" for n in range(4)]),
]
# fmt: on


def page_of(probe: Probe) -> bytes:
    return f"<html><head><meta charset=utf-8>{probe.head}</head><body>{probe.body}</body></html>".encode()


def shown(document: ReadDocument) -> list[str]:
    """The document in the lines of this file."""
    return [_line(element, document) for element in document.elements]


def _line(element: Element, document: ReadDocument) -> str:
    line = "~" if element.boilerplate else ""
    described = element.caption_of
    if described is not None:
        line += f"caption({_short(document.elements[described].image_url)}) {element.text}"
    elif element.kind == "image":
        names = ", ".join(_short(url) for url in element.image_candidates)
        line += "inline" if element.image_id else f"image {names}"
        line += f' "{element.alt}"' if element.alt else ""
    elif element.kind == "math" and element.text is None:
        line += f"formula {_short(element.image_url)}"
    elif element.kind == "table":
        line += "table " + " / ".join("; ".join(row) for row in element.cells or ())
    elif element.kind == "code":
        line += f"code[{element.code_language}] " if element.code_language else "code "
        line += element.text or ""
    else:
        deep = element.level if element.level and (element.kind == "heading" or element.level > 1) else ""
        name = {"heading": "h", "list_item": "item"}.get(element.kind, element.kind)
        line += f"{name}{deep} {element.text}"
    stated = " ".join(part for part in (element.language, element.direction) if part)
    return f"{line} {{{stated}}}" if stated else line


def _short(url: str | None) -> str:
    url = url or ""
    if url.startswith(_FOLDER):
        return url.removeprefix(_FOLDER)
    return "../" + url.removeprefix("http://x.org/") if url.startswith("http://x.org/") else url


@pytest.mark.parametrize("probe", PROBES, ids=[probe.name for probe in PROBES])
def test_probe(probe: Probe) -> None:
    assert shown(read_html(page_of(probe), URL)) == probe.lines


def test_there_are_many_probes() -> None:
    assert len({probe.name for probe in PROBES}) == len(PROBES) >= 90
