from __future__ import annotations

from pipeline.extract.element import Element, ReadDocument
from pipeline.privacy.documents import mask_document


def test_all_that_a_document_says_is_masked_and_counted_once() -> None:
    mail, masked = "jane@example.com", "[email]"
    table = Element(0, "table", f"| {mail} |", section_path=(mail,), cells=(("who",), (mail,)))
    image = Element(1, "image", image_url=f"file:///{mail}.png", alt=f"by {mail}")
    plain = Element(2, "text", "Nothing of the kind.")
    read, count = mask_document(ReadDocument(mail, "en", None, (table, image, plain)), ("email",))
    assert count == 2
    assert read.title == masked
    first, second, third = read.elements
    assert (first.text, first.section_path, first.cells) == (
        f"| {masked} |",
        (masked,),
        (("who",), (masked,)),
    )
    assert (second.alt, second.image_url) == (f"by {masked}", image.image_url)
    assert third is plain


def test_without_kinds_nothing_is_touched() -> None:
    document = ReadDocument("jane@example.com", None, None, (Element(0, "text", "jane@example.com"),))
    assert mask_document(document, ()) == (document, 0)
