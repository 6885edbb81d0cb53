"""How many of the reader's probes trafilatura holds, with images on and asked for as much as it can find.

The mapping is to its favour: each probe stands in an article between two paragraphs, so that nothing is too
short; the kinds of text are one, how it is parted into paragraphs, levels, captions' images, languages and
marks are not asked for; any candidate of an image but a placeholder will do, quoted or not, and an image
after a sentence may stand within it; a formula may have any delimiters or none; what surrounds the content
may be there or not.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote
from xml.etree import ElementTree as ET

import trafilatura

from pipeline.extract.html import read_html
from pipeline.extract.urls import is_placeholder
from tests.pipeline.extract.html.test_probes import PROBES, URL, Probe, page_of, shown

_BEFORE = "The plate is clamped along its left edge and loaded at the right one, as the drawing shows. " * 5
_AFTER = "The mesh was refined until the stress at the hole changed by less than two parts in a hundred. " * 5
_LINE = re.compile(
    r"(~?)(h\d|text|item\d?|quote|math|code(?:\[.*?\])?|table|image|inline|formula|caption\(.*?\)) ?(.*)",
    re.DOTALL,
)

#: A text, or the URLs of an image; `None` for a URL that is the image itself.
Thing = str | frozenset[str] | None


def run() -> dict[str, float | str]:
    """Return the number of probes, and how many of them each reader holds."""
    ours = sum(shown(read_html(page_of(probe), URL)) == probe.lines for probe in PROBES)
    theirs = [probe.name for probe in PROBES if _holds(probe)]
    return {
        "probes": len(PROBES),
        "held by looseleaf, share": ours / len(PROBES),
        "held by trafilatura, share": len(theirs) / len(PROBES),
    }


def _holds(probe: Probe) -> bool:
    padded = probe._replace(body=f"<article><p>{_BEFORE}</p>{probe.body}<p>{_AFTER}</p></article>")
    xml = trafilatura.extract(
        page_of(padded),
        url=URL,
        include_images=True,
        output_format="xml",
        favor_recall=True,
        include_comments=False,
    )
    found = _things_of_xml(xml) if xml else []
    required = _things_of_lines([line for line in probe.lines if not line.startswith("~")])
    allowed = _things_of_lines(probe.lines)
    return any(
        _agree(found, wanted) or _agree(_after_sentences(found), wanted) for wanted in (required, allowed)
    )


def _after_sentences(things: list[Thing]) -> list[Thing]:
    """Things with an image that stands within a text moved behind it."""
    moved: list[Thing] = []
    for thing in things:
        if isinstance(thing, str) and len(moved) > 1 and isinstance(moved[-2], str):
            moved[-2] += thing
        else:
            moved.append(thing)
    return moved


def _agree(found: list[Thing], required: list[Thing]) -> bool:
    if len(found) != len(required):
        return False
    for one, other in zip(found, required, strict=True):
        if isinstance(one, frozenset) and isinstance(other, frozenset):
            if not one & other:
                return False
        elif one != other:
            return False
    return True


def _things_of_lines(lines: list[str]) -> list[Thing]:
    things: list[Thing] = []
    for line in lines:
        found = _LINE.fullmatch(re.sub(r" \{[a-z ]+\}$", "", line))
        assert found is not None, line
        kind, rest = found[2], found[3]
        if kind == "inline":
            things.append(None)
        elif kind in {"image", "formula"}:
            urls = rest.partition(' "')[0].split(", ")
            things.append(frozenset(url for url in urls if not is_placeholder(url)))
        else:
            things.append(
                _words(" ".join(dict.fromkeys(re.split(r"; | / ", rest))) if kind == "table" else rest)
            )
    return _joined(things)


def _things_of_xml(xml: str) -> list[Thing]:
    main = ET.fromstring(xml).find("main")
    things: list[Thing] = []
    if main is not None:
        _collect(main, things)
    return _joined(_between(_joined(things)))


def _collect(node: ET.Element, things: list[Thing]) -> None:
    if node.tag == "graphic":
        source = node.get("src") or ""
        short = quote(source.partition("#")[0], safe="/:?=&,;%@!$'()*+~").removeprefix("http://x.org/docs/")
        short = "../" + short.removeprefix("http://x.org/") if short.startswith("http://x.org/") else short
        things.append(None if source.startswith("data:") else frozenset({short}))
    elif node.tag == "table":
        cells = [_words("".join(cell.itertext())) for cell in node.iter("cell")]
        things.append(_words(" ".join(dict.fromkeys(cell for cell in cells if cell))))
        for graphic in node.iter("graphic"):
            _collect(graphic, things)
    else:
        things.append(_words(node.text or ""))
        for child in node:
            _collect(child, things)
            things.append(_words(child.tail or ""))


def _between(things: list[Thing]) -> list[Thing]:
    """What stands between the two paragraphs of padding."""
    before, after = _words(_BEFORE), _words(_AFTER)
    return [
        thing.replace(before, "").replace(after, "") if isinstance(thing, str) else thing for thing in things
    ]


def _joined(things: list[Thing]) -> list[Thing]:
    """Things with neighbouring texts as one, and without empty ones."""
    joined: list[Thing] = []
    for thing in things:
        if isinstance(thing, str) and joined and isinstance(joined[-1], str):
            joined[-1] += thing
        elif thing != "":
            joined.append(thing)
    return joined


def _words(text: str) -> str:
    """A text without white space, the delimiters of formulas, quotation marks and the forms of digits."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-")
    return re.sub(r"[\s$\u00ad\u200b\"“”]|\\[()\[\]]", "", plain)
