"""Small pictures as data URIs, so that the page needs no other file."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from storage.pictures import upright

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Longest sides in pixels: in a document, in a list, as the label of a row.
LARGE, SMALL, TINY = 320, 160, 72
_AT_ONCE = 32
_COLOURS = 64


def thumbnails(sql: DuckDBPyConnection, image_ids: Iterable[str], side: int) -> dict[str, str]:
    """Return a data URI for each of these images that is stored and decodes, by `image_id`."""
    wanted = sorted(set(image_ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = "select image_id, coalesce(raster, bytes) from images where image_id in (select unnest($ids))"
        for image_id, content in sql.execute(query, {"ids": wanted[start : start + _AT_ONCE]}).fetchall():
            uri = data_uri(content, side)
            if uri is not None:
                found[image_id] = uri
    return found


def data_uri(content: bytes, side: int) -> str | None:
    """Return an image, shrunk to at most `side` pixels, as a data URI; None if it does not decode.

    A drawing is smaller and sharper as PNG with few colours, a photograph as JPEG: the shorter one is taken.
    """
    try:
        with Image.open(io.BytesIO(content)) as opened:
            opened.draft("RGB", (2 * side, 2 * side))
            opened.thumbnail((side, side))
            picture = _on_white(upright(opened))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    jpeg, png = io.BytesIO(), io.BytesIO()
    picture.save(jpeg, "JPEG", quality=82, optimize=True)
    picture.quantize(_COLOURS).save(png, "PNG", optimize=True)
    kind, encoded = min(("jpeg", jpeg.getvalue()), ("png", png.getvalue()), key=lambda pair: len(pair[1]))
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode()}"


def _on_white(picture: Image.Image) -> Image.Image:
    coloured = picture.convert("RGBA")
    ground = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(ground, coloured).convert("RGB")
