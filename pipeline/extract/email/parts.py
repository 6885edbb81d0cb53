"""The parts of a message: which one is its body, and what is attached."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage, Message

from pipeline.extract.builder import fold
from pipeline.extract.encoding import decode

#: Richest last, as RFC 2046 orders alternatives; forms that we do not read are poorer than any that we do.
_RICHNESS = ("text/enriched", "text/plain", "text/html")
MAX_PARTS = 1_000


@dataclass
class Parts:
    """What a message consists of, each in the order in which it stands there.

    Attributes:
        shown: parts to show one after the other: texts, pages, images, messages, attachments.
        related: images that pages show, by their Content-ID and by their Content-Location.
        skipped: alternatives that are poorer than the one shown.
    """

    shown: list[Message] = field(default_factory=list)
    related: dict[str, Message] = field(default_factory=dict)
    skipped: int = 0


def parts_of(message: Message) -> Parts:
    """Return the parts of a message; at most `MAX_PARTS` of them."""
    parts = Parts()
    _collect(message, parts)
    return parts


def _collect(part: Message, parts: Parts) -> None:
    if len(parts.shown) + len(parts.related) >= MAX_PARTS:
        return
    kind = part.get_content_type()
    children = _children(part)
    if kind == "message/rfc822" or children is None:
        parts.shown.append(part)
    elif kind == "multipart/alternative" and children:
        best = max(range(len(children)), key=lambda at: (_richness(children[at]), at))
        parts.skipped += len(children) - 1
        _collect(children[best], parts)
    elif kind == "multipart/related" and children:
        start = str(part.get_param("start") or "").strip("<> ")
        root = next((c for c in children if start and content_id(c) == start), children[0])
        _collect(root, parts)
        for child in children:
            if child is not root:
                _relate(child, parts)
    else:
        for child in children:
            _collect(child, parts)


def _children(part: Message) -> list[Message] | None:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else None


def _relate(part: Message, parts: Parts) -> None:
    identifier, location = content_id(part), fold(str(part.get("Content-Location") or ""))
    for name in (f"cid:{identifier}" if identifier else "", location):
        if name:
            parts.related.setdefault(name, part)
    if not identifier and not location:
        parts.shown.append(part)


def _richness(part: Message) -> int:
    """Return how rich an alternative is by the richest part in it."""
    kinds = [inner.get_content_type() for inner in part.walk()]
    return max((_RICHNESS.index(kind) for kind in kinds if kind in _RICHNESS), default=-1)


def content_id(part: Message) -> str:
    """Return the Content-ID of a part without its brackets."""
    return fold(str(part.get("Content-ID") or "")).strip("<> ")


def bytes_of(part: Message) -> bytes:
    """Return the content of a part that is no text; what is encoded wrongly as far as it can be decoded."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def text_of(part: Message) -> str:
    """Return the content of a text part; a charset that nobody knows is guessed."""
    charset = part.get_content_charset()
    return decode(
        bytes_of(part),
        f"text/plain; charset={charset}" if charset else None,
        prescan=part.get_content_type() == "text/html",
    ).replace("\r\n", "\n")


def name_of(part: Message) -> str:
    """Return the file name of a part; empty where it has none."""
    return fold(part.get_filename() or "").rsplit("/", 1)[-1][:200]


def header(message: EmailMessage | Message, name: str) -> str:
    """Return a header as text; one that cannot be parsed as it was written, one that is missing as empty."""
    try:
        value = message.get(name)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
    ):
        # The parser of headers has faults of its own.
        value = next((raw for key, raw in message.raw_items() if key.lower() == name.lower()), "")
    return fold(str(value)) if value is not None else ""
