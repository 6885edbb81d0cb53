"""What is attached to a message: images, messages, and documents that another reader reads."""

from __future__ import annotations

from email.message import Message

from pipeline.extract.builder import Builder
from pipeline.extract.document import read_document
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.email.parts import bytes_of, name_of
from pipeline.extract.media import EMAIL, kind_of_content_type, media_type_of

#: Known by name, so that the row says what was lost.
_NAMED = {
    "application/ms-tnef": "Outlook's winmail.dat",
    "application/pgp-encrypted": "an encrypted message (PGP)",
    "application/pgp-signature": "a signature (PGP)",
    "application/pgp-keys": "a key (PGP)",
    "application/pkcs7-signature": "a signature (S/MIME)",
    "application/x-pkcs7-signature": "a signature (S/MIME)",
    "application/pkcs7-mime": "an encrypted or signed message (S/MIME)",
    "application/x-pkcs7-mime": "an encrypted or signed message (S/MIME)",
    "text/calendar": "an invitation",
}


def add_attachment(builder: Builder, part: Message) -> None:
    """Add an attached document as a section of its own, named after its file; state one that is not read."""
    name = name_of(part)
    stated = part.get_content_type()
    kind = media_type_of(name) or kind_of_content_type(stated)
    if kind is None or kind == EMAIL or stated in _NAMED:
        what = _NAMED.get(stated, f"a file of type {stated}")
        builder.leave_out("unread_attachment", f"The attachment {name or 'without a name'} is {what}.")
        return
    data = bytes_of(part)
    try:
        document = read_document(data, kind, builder.uri, str(part.get("Content-Type") or ""))
    except UnreadableDocumentError as error:
        detail = f"The attachment {name or stated} cannot be read: {error.detail}"
        builder.leave_out("unread_attachment", detail, error.value)
        return
    builder.heading(2, name or document.title or stated)
    builder.embed(document, 2)
