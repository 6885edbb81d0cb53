"""The bytes of pictures: an embedded image as it is, or else as PNG; drawings rendered."""

from __future__ import annotations

import ctypes
import io
import math
from typing import Any

from pipeline.extract.pdf.frame import Frame, Matrix, times
from pipeline.extract.pdf.geometry import Box
from pipeline.extract.pdf.limits import MAX_PIXELS, MAX_RENDERED_PIXELS, RENDERED_DPI
from pipeline.extract.pdf.objects import Raster

_POINTS = 72.0
_MAX_SIDE = 20_000
_JPEG = "DCTDecode"


def raster_bytes(page: Any, raster: Raster, frame: Frame) -> bytes | None:
    """Return an embedded image as a file: JPEG bytes as they stand in the PDF, or else a PNG.

    Args:
        page: pdfium's handle of its page.
        raster: the image.
        frame: how the page is shown.

    Returns:
        None if it cannot be decoded, or has more than `MAX_PIXELS` pixels.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    facts = pdfium.FPDF_IMAGEOBJ_METADATA()
    if not pdfium.FPDFImageObj_GetImageMetadata(raster.handle, page, facts):
        return None
    if not 0 < facts.width * facts.height <= MAX_PIXELS:
        return None
    turn = _turn(raster.matrix, frame)
    plain = not pdfium.FPDFPageObj_HasTransparency(raster.handle)
    if turn is None or not plain:
        scale = min(facts.width / max(raster.box.width, 1.0), 8.0)
        return render(page, raster.box, frame, scale)
    simple = facts.colorspace in (pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_DEVICERGB)
    if not turn and _filters(pdfium, raster.handle)[-1:] == [_JPEG]:
        data = _file(pdfium, raster.handle)
        icc = facts.colorspace in (pdfium.FPDF_COLORSPACE_ICCBASED, pdfium.FPDF_COLORSPACE_CALRGB)
        if data is not None and data.startswith(b"\xff\xd8\xff") and (simple or (icc and not _is_cmyk(data))):
            return data
    bitmap = pdfium.FPDFImageObj_GetBitmap(raster.handle)
    if not bitmap:
        return render(page, raster.box, frame, min(facts.width / max(raster.box.width, 1.0), 8.0))
    try:
        return _png(pdfium, bitmap, turn)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def render(page: Any, box: Box, frame: Frame, scale: float = 0.0) -> bytes | None:
    """Return what a page shows in a box, as a PNG.

    Args:
        page: pdfium's handle of the page.
        box: the part to show.
        frame: how the page is shown.
        scale: pixels to a point that are wanted at least.

    Returns:
        None if the box is empty or the bitmap cannot be had.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    if box.width <= 0 or box.height <= 0:
        return None
    scale = max(scale, RENDERED_DPI / _POINTS)
    scale = min(scale, math.sqrt(MAX_RENDERED_PIXELS / box.area), _MAX_SIDE / max(box.width, box.height))
    width, height = max(round(box.width * scale), 1), max(round(box.height * scale), 1)
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, None, 0)
    if not bitmap:
        return None
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        # pdfium turns the page by itself; what is left to turn is what the reader added.
        turns = (frame.turns - pdfium.FPDFPage_GetRotation(page)) % 4
        shown = times(_turning(turns, frame), (scale, 0.0, 0.0, scale, -box.x0 * scale, -box.y0 * scale))
        clip = pdfium.FS_RECTF(0.0, 0.0, float(width), float(height))
        pdfium.FPDF_RenderPageBitmapWithMatrix(
            bitmap, page, pdfium.FS_MATRIX(*shown), clip, pdfium.FPDF_ANNOT
        )
        return _png(pdfium, bitmap, 0)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def _turning(turns: int, frame: Frame) -> Matrix:
    """Return the matrix of quarter turns clockwise that end in the page of `frame`, y downwards."""
    page = frame.page
    return (
        (1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
        (0.0, 1.0, -1.0, 0.0, page.width, 0.0),
        (-1.0, 0.0, 0.0, -1.0, page.width, page.height),
        (0.0, -1.0, 1.0, 0.0, 0.0, page.height),
    )[turns]


def _png(pdfium: Any, bitmap: Any, turn: int) -> bytes | None:
    from PIL import Image  # noqa: PLC0415 - takes a while to load

    width, height = pdfium.FPDFBitmap_GetWidth(bitmap), pdfium.FPDFBitmap_GetHeight(bitmap)
    stride, kind = pdfium.FPDFBitmap_GetStride(bitmap), pdfium.FPDFBitmap_GetFormat(bitmap)
    forms = {
        pdfium.FPDFBitmap_Gray: ("L", "L"),
        pdfium.FPDFBitmap_BGR: ("RGB", "BGR"),
        pdfium.FPDFBitmap_BGRx: ("RGB", "BGRX"),
        pdfium.FPDFBitmap_BGRA: ("RGBA", "BGRA"),
    }
    if kind not in forms or width <= 0 or height <= 0:
        return None
    mode, raw = forms[kind]
    pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    image = Image.frombytes(mode, (width, height), pixels, "raw", raw, stride, 1)
    turns = (Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90)
    if turn:
        image = image.transpose(turns[turn - 1])
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4)
    return file.getvalue()


def _turn(matrix: Matrix, frame: Frame) -> int | None:
    """Return the quarter turns clockwise with which an image is seen; None if it is skewed or mirrored."""
    a, b, c, d, _, _ = matrix
    small = 0.02 * max(abs(a), abs(b), abs(c), abs(d))
    if abs(b) <= small and abs(c) <= small and a * d > 0:
        own = 0 if a > 0 else 2
    elif abs(a) <= small and abs(d) <= small and b * c < 0:
        own = 3 if b > 0 else 1
    else:
        return None
    return (own + frame.turns) % 4


def _filters(pdfium: Any, handle: Any) -> list[str]:
    names = []
    buffer = ctypes.create_string_buffer(64)
    for index in range(max(pdfium.FPDFImageObj_GetImageFilterCount(handle), 0)):
        pdfium.FPDFImageObj_GetImageFilter(handle, index, buffer, 64)
        names.append(buffer.value.decode("ascii", "replace"))
    return names


def _file(pdfium: Any, handle: Any) -> bytes | None:
    """Return an image's file as its own codec left it: only filters that change no pixel are taken off."""
    size = pdfium.FPDFImageObj_GetImageDataDecoded(handle, None, 0)
    if not size:
        return None
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFImageObj_GetImageDataDecoded(handle, buffer, size)
    return buffer.raw


def _is_cmyk(jpeg: bytes) -> bool:
    """Tell whether a JPEG has four components, whose meaning only its PDF says."""
    at = 2
    while at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return jpeg[at + 9] == 4
        at += 2 + length
    return True
