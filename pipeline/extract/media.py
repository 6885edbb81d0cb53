"""What kind of document some bytes are: by name, held against their first bytes."""

from __future__ import annotations

from pipeline.extract.element import UnreadableDocumentError

HTML = "text/html"
MARKDOWN = "text/markdown"
RST = "text/x-rst"
NOTEBOOK = "application/x-ipynb+json"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
EPUB = "application/epub+zip"
EMAIL = "message/rfc822"
TEXT = "text/plain"
#: A folder, which no suffix names.
CASE = "application/x-looseleaf-case"

#: The first suffix that fits decides: a longer one stands before its end.
_SUFFIXES = {
    ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".xht": HTML,
    ".md": MARKDOWN, ".markdown": MARKDOWN, ".myst": MARKDOWN,
    ".rst": RST, ".rest": RST, ".rst.txt": RST, ".ipynb": NOTEBOOK,
    ".pdf": PDF, ".docx": DOCX, ".pptx": PPTX, ".epub": EPUB, ".eml": EMAIL, ".txt": TEXT,
}  # fmt: skip
#: Names that servers and mailers give to the same kinds.
_OTHER_NAMES = {
    "application/xhtml+xml": HTML, "text/x-markdown": MARKDOWN, "text/rst": RST,
    "text/prs.fallenstein.rst": RST, "application/x-pdf": PDF,
}  # fmt: skip
_BINARY = (
    (b"\x89PNG\r\n", "PNG image"), (b"\xff\xd8\xff", "JPEG image"), (b"GIF87a",
    "GIF image"), (b"GIF89a", "GIF image"),
    (b"RIFF", "RIFF file"), (b"%PDF-", "PDF document"), (b"PK\x03\x04", "zip archive"), (b"\x1f\x8b",
    "gzip file"),
    (b"BZh", "bzip2 file"), (b"\xfd7zXZ", "xz file"), (b"7z\xbc\xaf", "7z archive"), (b"\x7fELF", "program"),
    (b"MZ\x90", "program"), (b"\x89HDF", "HDF5 file"), (b"\xd0\xcf\x11\xe0",
    "Office document"), (b"\x28\xb5\x2f\xfd", "zstd file"),
)  # fmt: skip
_HEAD = 8192
#: More control characters than this share of the first bytes: no text.
MAX_CONTROL = 0.05
_CONTROL = frozenset(range(32)) - {8, 9, 10, 12, 13, 27}


def media_type_of(path: str) -> str | None:
    """Return the media type that a path's suffix says, or None where no reader knows it."""
    name = path.rsplit("/", 1)[-1].lower()
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), None)


def kind_of_content_type(content_type: str | None) -> str | None:
    """Return the kind of document that a Content-Type header names, or None where no reader knows it."""
    stated = (content_type or "").partition(";")[0].strip().lower()
    stated = _OTHER_NAMES.get(stated, stated)
    return stated if stated in _SUFFIXES.values() else None


def check_text(data: bytes) -> None:
    """Make sure that a document's bytes are text.

    Raises:
        UnreadableDocumentError: if they begin as a known binary format does, or are full of
        control characters.
    """
    for magic, name in _BINARY:
        if data.startswith(magic):
            raise UnreadableDocumentError("not_text", f"The file is a {name}, whatever its name says.")
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    # UTF-16 without a mark has a zero beside every letter; that alone makes no text binary.
    one_sided = head[0::2].count(0) == 0 or head[1::2].count(0) == 0
    counted = head.replace(b"\x00", b"") if one_sided and head.count(0) > 0.4 * len(head) / 2 else head
    share = sum(byte in _CONTROL for byte in counted) / max(len(head), 1)
    if share > MAX_CONTROL:
        raise UnreadableDocumentError(
            "not_text", "The file is binary, whatever its name says.", share, MAX_CONTROL
        )
