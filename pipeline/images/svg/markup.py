"""SVG as a tree that refers to nothing outside itself."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from io import BytesIO
from urllib.parse import unquote_to_bytes

from lxml import etree
from PIL import Image

from pipeline.images.svg.refused import SvgRefusedError

SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
#: A drawing unpacks to at most so much.
MAX_BYTES = 64_000_000
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_PLAIN_ENTITY = re.compile(rb"""<!ENTITY\s+[\w.-]+\s+(?:"[^"&%<]{0,500}"|'[^'&%<]{0,500}')\s*>""")
_PROLOGUE = 65_536
#: Pictures within a drawing, by what they call themselves; a drawing within a drawing is none of them.
_PICTURES = re.compile(
    r"^\s*data:image/(?:png|jpe?g|gif|webp)\s*;[^,]*base64\s*,(?P<body>.*)$", re.IGNORECASE | re.DOTALL
)
#: Together, pixels of the pictures within a drawing.
_MAX_PICTURE_PIXELS = 64_000_000
_OUTSIDE_URL = re.compile(r"url\(\s*['\"]?\s*(?!#|['\"\s])[^)]*\)", re.IGNORECASE)
_IMPORT = re.compile(r"@import[^;]*(?:;|$)", re.IGNORECASE)
_ROOT = re.compile(rb"""<svg\b(?:[^>"'/]|"[^"]*"|'[^']*'|/(?!>))*""")
_DECLARATIONS = (
    (rb"\bxmlns", f' xmlns="{SVG}"'.encode()),
    (rb"\bxmlns:xlink", f' xmlns:xlink="{_XLINK}"'.encode()),
)
_DROPPED = frozenset({"script", "foreignObject", "iframe", "audio", "video"})


def parse(data: bytes) -> etree._Element:
    """Return the root of an SVG document, or of an `<svg>` cut out of a page, without what leads outside.

    Scripts, foreign objects, references to files and servers, imports of style sheets and processing
    instructions are gone. Pictures within it stay if they are part of the file.

    Args:
        data: the file, plain or compressed with gzip.

    Raises:
        SvgRefusedError: if it is no SVG, declares entities that bombs and leaks are made of, or holds
            pictures of too many pixels.
    """
    text = _unpacked(data)
    _check_entities(text)
    root = _root(text)
    _close(root)
    return root


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = inflate.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise SvgRefusedError("undecodable", f"svg: {error}") from error
    if inflate.unconsumed_tail:
        raise SvgRefusedError(
            "svg_too_large", f"The drawing unpacks to more than {MAX_BYTES} bytes.", None, float(MAX_BYTES)
        )
    return text


def _check_entities(text: bytes) -> None:
    """Refuse entities that name files or other entities; a drawing program's short names may stay."""
    # A zero between two letters is how UTF-16 would hide the word.
    prologue = text[:_PROLOGUE].replace(b"\0", b"")
    if len(_ENTITY.findall(prologue)) > len(_PLAIN_ENTITY.findall(prologue)):
        raise SvgRefusedError(
            "svg_entities", "The drawing declares entities that lead elsewhere or hold each other."
        )


def _root(text: bytes) -> etree._Element:
    """Parse as XML; a piece of HTML, which needs no namespaces and has names for signs, after mending."""
    try:
        try:
            root = etree.fromstring(text, _parser(recover=False))
        except etree.XMLSyntaxError:
            # A file that breaks off is no piece of a page.
            whole = text.rstrip().endswith(b"</svg>")
            root = etree.fromstring(_mended(text), _parser(recover=whole))
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise SvgRefusedError("undecodable", f"svg: {error}"[:300]) from error
    if root is None:
        raise SvgRefusedError("undecodable", "svg: there is no element")
    name = etree.QName(root)
    if name.localname != "svg":
        raise SvgRefusedError("undecodable", f"svg: the root is <{name.localname}>")
    return root if name.namespace == SVG else _in_namespace(root)


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )


def _mended(text: bytes) -> bytes:
    """Declare at the root the namespaces that a page need not declare."""
    root = _ROOT.search(text)
    if root is None:
        return text
    missing = [
        declaration for name, declaration in _DECLARATIONS if not re.search(name + rb"\s*=", root.group())
    ]
    opened = root.group() + b"".join(missing)
    return (text[: root.start()] + opened + text[root.end() :]).replace(b"&nbsp;", b"&#160;")


def _in_namespace(root: etree._Element) -> etree._Element:
    """Return a tree whose elements without a namespace are SVG's, as in a page."""
    for element in root.iter(etree.Element):
        if etree.QName(element).namespace is None:
            element.tag = f"{{{SVG}}}{element.tag}"
    return etree.fromstring(etree.tostring(root))


def _close(root: etree._Element) -> None:
    left = _MAX_PICTURE_PIXELS
    for element in list(root.iter(etree.Element)):
        name = etree.QName(element).localname
        if name in _DROPPED and element is not root:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        if name == "style" and element.text:
            element.text = _without_outside(element.text)
        for key, value in element.attrib.items():
            local = etree.QName(key).localname.lower()
            if local == "href":
                left -= _keep_or_drop(element, key, value, left)
            elif local in {"base", "src"} or local.startswith("on"):
                del element.attrib[key]
            elif "url(" in value.lower():
                element.attrib[key] = _without_outside(value)


def _keep_or_drop(element: etree._Element, key: str, value: str, left: int) -> int:
    """Keep a reference to the drawing's own parts or to a picture in it; returns the picture's pixels."""
    reference = value.strip()
    if reference.startswith("#"):
        return 0
    picture = _PICTURES.match(reference)
    data = _bytes_of(picture["body"]) if picture and etree.QName(element).localname != "use" else b""
    pixels = _pixels(data)
    if pixels is None:
        del element.attrib[key]
        return 0
    if pixels > left:
        raise SvgRefusedError(
            "too_many_pixels",
            "The pictures within the drawing have too many pixels.",
            float(pixels),
            float(_MAX_PICTURE_PIXELS),
        )
    return pixels


def _bytes_of(body: str) -> bytes:
    try:
        return base64.b64decode(b"".join(unquote_to_bytes(body).split()) + b"==")
    except (binascii.Error, ValueError):
        return b""


def _pixels(data: bytes) -> int | None:
    """Return the pixels that a picture's header states, None if it is no picture."""
    try:
        with Image.open(BytesIO(data), formats=["PNG", "JPEG", "GIF", "WEBP"]) as image:
            return image.width * image.height
    except Image.DecompressionBombError:
        return _MAX_PICTURE_PIXELS + 1
    except (OSError, ValueError, SyntaxError):
        return None


def _without_outside(style: str) -> str:
    return _OUTSIDE_URL.sub("none", _IMPORT.sub("", style))
