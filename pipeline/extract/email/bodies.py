"""The bodies of a message: quoted replies become quotes, signatures are boilerplate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from itertools import groupby

from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.builder import Builder
from pipeline.extract.email.parts import text_of
from pipeline.extract.html.read import add_html
from pipeline.extract.text import add_text

_QUOTED = re.compile(r"^(?:>\s?)+")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
#: Where clients put the signature that they add.
_SIGNATURES = (
    ".gmail_signature, .moz-signature, #Signature, #signature, .signature, #ms-outlook-mobile-signature, "
    "[data-smartmail=gmail_signature]"
)
_CID = re.compile(r"^\s*cid:", re.IGNORECASE)
#: What a reference to a part is called while the page is read: a scheme that no other document has.
PART_SCHEME = "mailpart:"
PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"


def add_page(builder: Builder, part: Message) -> None:
    """Add a part of HTML; its images are looked up by the builder's `part_of`."""
    tree = LexborHTMLParser(text_of(part))
    for node in tree.css("[src]"):
        source = node.attributes.get("src") or ""
        if _CID.match(source):
            node.attrs["src"] = PART_SCHEME + _CID.sub("cid:", source)
    for node in tree.css(_SIGNATURES):
        node.attrs["role"] = "contentinfo"
    add_html(builder, tree.html or "")


def add_plain(builder: Builder, part: Message) -> None:
    """Add a part of plain text."""
    text = text_of(part)
    if str(part.get_param("format") or "").lower() == "flowed":
        text = _unfolded(text, str(part.get_param("delsp") or "").lower() == "yes")
    found = list(_SIGNATURE.finditer(text))
    body, signature = (text[: found[-1].start()], text[found[-1].end() :]) if found else (text, "")
    # A signature above quoted lines ends where they begin.
    lines = signature.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if _QUOTED.match(line)), len(lines))
    _add_lines(builder, body)
    add_text(builder, "".join(lines[:at]), boilerplate=True)
    _add_lines(builder, "".join(lines[at:]))


def _add_lines(builder: Builder, text: str) -> None:
    for quoted, lines in groupby(text.split("\n"), key=lambda line: bool(_QUOTED.match(line))):
        block = "\n".join(lines)
        if not quoted:
            add_text(builder, block)
            continue
        for paragraph in re.split(r"\n\s*\n", "\n".join(_unquoted(block))):
            builder.add("quote", paragraph)


def _unquoted(block: str) -> Iterator[str]:
    depth = 0
    for line in block.split("\n"):
        marks = _QUOTED.match(line)
        assert marks is not None
        here = marks[0].count(">")
        if here != depth:
            yield ""
            depth = here
        yield line[marks.end() :]


def _unfolded(text: str, delete_space: bool) -> str:
    """Return text of `format=flowed` (RFC 3676) with its soft line breaks undone."""
    lines: list[str] = []
    open_mark: str | None = None
    for line in text.split("\n"):
        marks = _QUOTED.match(line)
        mark = "".join((marks[0] if marks else "").split())
        # One space is stuffed before lines that would look quoted.
        content = line[marks.end() :] if marks else line.removeprefix(" ")
        if open_mark == mark and lines:
            lines[-1] += content
        else:
            lines.append(f"{mark} {content}" if mark else content)
        soft = content.endswith(" ") and content != "-- "
        open_mark = mark if soft else None
        if soft and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
