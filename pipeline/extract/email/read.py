"""An e-mail to elements."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import cast

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.email.attachments import add_attachment
from pipeline.extract.email.bodies import PART_SCHEME, PGP_MESSAGE, add_page, add_plain
from pipeline.extract.email.parts import (
    MAX_PARTS,
    Parts,
    bytes_of,
    content_id,
    header,
    name_of,
    parts_of,
    text_of,
)
from pipeline.extract.names import names

#: Messages within messages, that deep.
MAX_DEPTH = 4
_HEADERS = ("From", "To", "Cc", "Date")
_KNOWN = names("from to subject date received message-id mime-version content-type return-path")


def read_email(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:  # noqa: ARG001 - a reader's form
    """Read an e-mail (RFC 5322, MIME): subject, body in its richest form with its images, attachments.

    Sender, receivers and date are boilerplate, as signatures are; what is quoted of others is a quote.

    Args:
        data: its bytes.
        url: its URL, the stem of its images' names.
        content_type: unused; a reader is called with it.

    Raises:
        UnreadableDocumentError: if it is no e-mail, or encrypted.
    """
    message = message_from_bytes(data.lstrip(b"\r\n"), policy=policy.default)
    if not any(name.lower() in _KNOWN for name in message):
        raise UnreadableDocumentError("not_email", "The file has none of the headers of an e-mail.")
    builder = Builder(url, url)
    _add_message(builder, message, 1)
    builder.title = header(message, "Subject") or None
    return builder.document()


def _add_message(builder: Builder, message: EmailMessage, depth: int) -> None:
    if message.get_content_type() == "multipart/encrypted":
        if depth == 1:
            raise UnreadableDocumentError("encrypted", "The e-mail is encrypted (PGP or S/MIME).")
        builder.leave_out("encrypted", "An attached e-mail is encrypted.")
        return
    builder.heading(min(depth, 6), header(message, "Subject"))
    lines = [f"{name}: {value}" for name in _HEADERS if (value := header(message, name))]
    builder.add("text", " | ".join(lines), boilerplate=True)
    parts = parts_of(message)
    if parts.skipped:
        detail = "Poorer forms of the same text (multipart/alternative) were left out."
        builder.leave_out("poorer_alternative", detail, float(parts.skipped))
    if len(parts.shown) + len(parts.related) >= MAX_PARTS:
        builder.leave_out("too_many_parts", f"The message has more than {MAX_PARTS} parts.", float(MAX_PARTS))
    used: set[str] = set()
    outer = builder.part_of
    builder.part_of = lambda reference: _related(parts, reference, used)
    for part in parts.shown:
        _add_part(builder, part, depth)
    builder.part_of = outer
    for name, part in parts.related.items():
        if name not in used and f"cid:{content_id(part)}" not in used:
            _add_part(builder, part, depth)
            used.add(f"cid:{content_id(part)}")


def _add_part(builder: Builder, part: Message, depth: int) -> None:
    kind = part.get_content_type()
    is_file = part.get_content_disposition() == "attachment" or bool(name_of(part))
    if kind.startswith("image/"):
        data = bytes_of(part)
        if data:
            builder.inline_image(data, name_of(part) or None)
    elif kind == "message/rfc822":
        _add_inner(builder, part, depth)
    elif kind == "text/html" and not is_file:
        add_page(builder, part)
    elif (kind in {"text/plain", "text/enriched"} and not is_file) or kind.startswith("multipart/"):
        # A multipart that is still here has no parts: its boundary is broken, and its text is what one sees.
        if text_of(part).lstrip().startswith(PGP_MESSAGE):
            if depth == 1:
                raise UnreadableDocumentError("encrypted", "The e-mail is encrypted (PGP).")
            builder.leave_out("encrypted", "An attached e-mail is encrypted.")
        else:
            add_plain(builder, part)
    else:
        add_attachment(builder, part)


def _add_inner(builder: Builder, part: Message, depth: int) -> None:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if inner is None or depth >= MAX_DEPTH:
        detail = f"A message within {depth} others, or an empty one, was left out."
        builder.leave_out("nested_too_deeply", detail, float(depth))
    else:
        _add_message(builder, cast("EmailMessage", inner), depth + 1)


def _related(parts: Parts, reference: str, used: set[str]) -> bytes | None:
    name = reference.removeprefix(PART_SCHEME)
    part = parts.related.get(name)
    if part is None:
        return None
    used.add(name)
    return bytes_of(part) or None
