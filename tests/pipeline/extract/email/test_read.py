"""An e-mail that the tests write comes back element for element."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

import pytest

from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.email import read_email
from tests.documents import images_of, png, rows_of
from tests.word import new, saved

URL = "file:///d/a.eml"


def message(subject: str = "Loads for the arm") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ann <a@example.org>", "b@example.org"
    mail["Date"] = "Mon, 02 Feb 2026 10:00:00 +0000"
    mail["Subject"] = subject
    return mail


def read(mail: EmailMessage | bytes) -> ReadDocument:
    return read_email(mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP), URL)


def short(document: ReadDocument) -> list[tuple[str, str | None]]:
    return [(e.kind, e.text if e.kind != "image" else e.alt) for e in document.elements]


HEADERS = "From: Ann <a@example.org> | To: b@example.org | Date: Mon, 02 Feb 2026 10:00:00 +0000"


def test_a_mail_element_for_element() -> None:
    mail = message()
    mail.set_content("poor")
    page = """<p>The <b>arm</b> bends.</p><img src="cid:plot@x" alt="the plot">
    <table><tr><th>LC<th>kN<tr><td>1<td>2</table><blockquote>Send loads.</blockquote>
    <div class="gmail_signature">Ann, Ltd.</div>"""
    mail.add_alternative(page, subtype="html")
    mail.get_payload()[1].add_related(png(1), "image", "png", cid="<plot@x>")  # type: ignore[union-attr,index]
    document = new()
    document.add_heading("Loads", 1)
    document.add_paragraph("Two kilonewton.")
    kind = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    mail.add_attachment(saved(document), "application", kind, filename="loads.docx")
    mail.add_attachment(png(2), "image", "png", filename="photo.png")
    mail.add_attachment(b"\x00\x01", "application", "octet-stream", filename="model.bin")
    found = read(mail)
    arm = ("Loads for the arm",)
    file = (*arm, "loads.docx")
    assert rows_of(found) == [
        ("heading", 1, "Loads for the arm", arm, None, None, None),
        ("text", None, HEADERS, arm, None, None, None),
        ("text", None, "The arm bends.", arm, None, None, None),
        ("image", None, None, arm, None, "the plot", None),
        ("table", None, "| LC | kN |\n| --- | --- |\n| 1 | 2 |", arm, None, None, None),
        ("quote", None, "Send loads.", arm, None, None, None),
        ("text", None, "Ann, Ltd.", arm, None, None, None),
        ("heading", 2, "loads.docx", file, None, None, None),
        ("heading", 3, "Loads", (*file, "Loads"), None, None, None),
        ("text", None, "Two kilonewton.", (*file, "Loads"), None, None, None),
        ("image", None, None, file, None, "photo.png", None),
    ]
    assert images_of(found) == [png(1), png(2)]
    assert [e.position for e in found.elements if e.boilerplate] == [1, 6]
    assert [(part.rule, part.detail) for part in found.left_out] == [
        ("poorer_alternative", "Poorer forms of the same text (multipart/alternative) were left out."),
        ("unread_attachment", "The attachment model.bin is a file of type application/octet-stream."),
    ]
    assert found.title == "Loads for the arm"


def test_quotes_and_signatures_in_plain_text() -> None:
    mail = message("Re: x")
    mail.set_content("I agree.\n\nOn Monday, Bo wrote:\n> Is it so?\n>\n>> Yes.\n\nGood.\n-- \nAnn\nLtd.\n")
    found = read(mail)
    assert short(found)[2:] == [
        ("text", "I agree."),
        ("text", "On Monday, Bo wrote:"),
        ("quote", "Is it so?"),
        ("quote", "Yes."),
        ("text", "Good."),
        ("text", "Ann Ltd."),
    ]
    assert [e.text for e in found.elements if e.boilerplate] == [HEADERS, "Ann Ltd."]


def test_flowed_text_is_joined() -> None:
    head = b"Subject: s\nContent-Type: text/plain; format=flowed; charset=utf-8\n\n"
    found = read(head + b"A long \nline.\n\n> quoted \n> on\n")
    assert short(found)[1:] == [("text", "A long line."), ("quote", "quoted on")]


def test_messages_in_messages_down_to_a_limit() -> None:
    mail = message("level 6")
    mail.set_content("words 6")
    for level in range(5, 0, -1):
        outer = message(f"level {level}")
        outer.set_content(f"words {level}")
        outer.add_attachment(mail)
        mail = outer
    found = read(mail)
    headings = [(e.level, e.text) for e in found.elements if e.kind == "heading"]
    assert headings == [(n, f"level {n}") for n in range(1, 5)]
    assert [part.rule for part in found.left_out] == ["nested_too_deeply"]


@pytest.mark.parametrize(
    ("kind", "name"), [("ms-tnef", "winmail.dat"), ("pgp-keys", "PGP"), ("pkcs7-mime", "S/MIME")]
)
def test_what_is_not_read_is_named(kind: str, name: str) -> None:
    mail = message()
    mail.set_content("See file.")
    mail.add_attachment(b"x" * 20, "application", kind, filename="winmail.dat")
    (part,) = read(mail).left_out
    assert part.rule == "unread_attachment"
    assert name in part.detail


def test_an_attachment_that_cannot_be_read_is_stated() -> None:
    mail = message()
    mail.set_content("See file.")
    mail.add_attachment(b"PK\x03\x04broken", "application", "octet-stream", filename="a.docx")
    found = read(mail)
    assert short(found)[-1] == ("text", "See file.")
    assert [part.rule for part in found.left_out] == ["unread_attachment"]
    assert "a.docx" in found.left_out[0].detail


def test_encrypted_mail_is_refused() -> None:
    for data in (
        b"Subject: s\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n\nabc\n--x--\n",
        b"Subject: s\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n",
    ):
        with pytest.raises(UnreadableDocumentError) as error:
            read(data)
        assert error.value.rule == "encrypted"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"just words\n\nand more", b"{}", bytes(100)])
def test_what_is_no_mail_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError) as error:
        read(data)
    assert error.value.rule == "not_email"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Subject: s\nContent-Type: text/plain; charset=nowhere\n\nGr\xc3\xb6\xc3\x9fe", "Größe"),
        (b"Subject: s\nContent-Type: text/plain; charset=iso-8859-1\n\nGr\xf6\xdfe", "Größe"),
        (b"Subject: s\nContent-Transfer-Encoding: base64\n\nR3L2!!!?", "Gr"),
        (b"Subject: s\nContent-Type: multipart/mixed\n\nNo boundary.", "No boundary."),
        (b"Subject: s\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\nUnclosed.", "Unclosed."),
        (b"Subject: =?utf-8?b?R3L2?=\nDate: no\nContent-Type: ;;;\n\nBody.", "Body."),
    ],
)
def test_broken_mails_give_what_they_have(data: bytes, text: str) -> None:
    assert text in " ".join(e.text or "" for e in read(data).elements)


def test_a_subject_that_is_encoded() -> None:
    assert read(b"Subject: =?iso-8859-1?q?Gr=F6=DFe?=\n\nx").title == "Größe"
