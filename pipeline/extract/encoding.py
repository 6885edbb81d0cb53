"""Bytes to text as browsers do it: byte order mark, transport, declaration, validity."""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: How far a declaration is looked for; browsers stop at 1024, pages with long heads do not.
_PRESCAN = 4096
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_XML = re.compile(rb"^\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta(?=[\s/])((?:[^>\"']|\"[^\"]*\"|'[^']*')*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"([^\s=/\"'>]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
#: Labels that mean a wider encoding (WHATWG Encoding Standard, "names and labels").
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
    "shift_jis": "cp932", "big5": "big5hkscs",
    "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8", "utf-7": "utf-8",
}  # fmt: skip
#: Labels that browsers know and Python does not.
_LABELS = {
    "x-sjis": "shift_jis", "windows-31j": "shift_jis",
    "ms932": "shift_jis", "x-gbk": "gbk", "x-euc-jp": "euc_jp",
    "ks_c_5601-1989": "euc_kr", "windows-949": "euc_kr",
    "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252",
    "x-x-big5": "big5", "cn-big5": "big5",
    "dos-874": "cp874", "x-mac-roman": "mac_roman", "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic", "iso-8859-8-i": "iso8859-8", "logical": "iso8859-8", "koi": "koi8_r",
    "x-unicode20utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "unicode11utf8": "utf-8",
}  # fmt: skip
#: More broken sequences than this share of the non-ASCII bytes: the declaration is wrong, not the page.
_MAX_BROKEN = 0.2
_DOUBLE_BYTE = frozenset({"gb18030", "cp932", "cp949", "big5hkscs", "euc_jp"})
#: So many non-ASCII bytes are not valid UTF-8 by chance.
_MANY = 40


def decode(data: bytes, content_type: str | None = None, prescan: bool = True) -> str:
    """Return `data` as text; never fails, what cannot be decoded becomes U+FFFD.

    Args:
        data: the document.
        content_type: the transport's Content-Type header, whose charset is believed before the page's own.
        prescan: whether to look for a declaration within the document (HTML and XML).
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    wide = _utf16_without_mark(data)
    if wide:
        return data.decode(wide, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_declared(data, content_type, prescan)
    # Valid UTF-8 is UTF-8 whatever is declared, except where that may be chance: escape-coded ASCII
    # (ISO-2022-JP), and a few characters of an encoding that has two bytes for each too.
    declared = _declared(data, content_type, prescan)
    few = declared in _DOUBLE_BYTE and sum(byte >= 0x80 for byte in data) < _MANY
    if declared is not None and (b"\x1b$" in data or few):
        return data.decode(declared, "replace")
    return text


def _decode_declared(data: bytes, content_type: str | None, prescan: bool) -> str:
    name = _declared(data, content_type, prescan)
    if name in (None, "utf-8"):
        text = data.decode("utf-8", "replace")
        high = sum(byte >= 0x80 for byte in data)
        broken = text.count("\ufffd") / max(high, 1)
        return text if broken <= _MAX_BROKEN else data.decode("cp1252", "replace")
    assert name is not None
    return data.decode(name, "replace")


def _declared(data: bytes, content_type: str | None, prescan: bool) -> str | None:
    header = _HEADER.search(content_type or "")
    name = _known(header[1]) if header else None
    if name is None and prescan:
        name = _prescan(_COMMENT.sub(b"", data[:_PRESCAN]))
    return name


def _prescan(head: bytes) -> str | None:
    """Return what a page's head declares (WHATWG HTML, "prescan a byte stream to determine its encoding")."""
    declared = _XML.search(head)
    if declared:
        return _known(declared[1].decode("ascii"))
    for meta in _META.finditer(head):
        attributes = {
            name.decode("ascii", "replace").lower(): (double or single or bare).decode("ascii", "replace")
            for name, double, single, bare in _ATTRIBUTE.findall(meta[1])
        }
        label = attributes.get("charset")
        # What other `content` says of a charset is a description.
        if label is None and attributes.get("http-equiv", "").lower() == "content-type":
            found = _HEADER.search(attributes.get("content", ""))
            label = found[1] if found else None
        name = _known(label) if label else None
        if name is not None:
            return name
    return None


def _known(label: str) -> str | None:
    label = label.strip().lower()
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
    except LookupError:
        return None
    return _WIDER.get(name, name) if codecs.lookup(name)._is_text_encoding else None


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:512]
    if len(head) < 8 or b"\x00" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head[1::2]) and even == 0:
        return "utf-16-le"
    if even > 0.4 * len(head[0::2]) and odd == 0:
        return "utf-16-be"
    return None
