"""What is written on the picture of a mesh: its name, its size, its axes, a colour bar."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.extract.case.meshes.fields import Colouring
from pipeline.extract.case.meshes.mesh import Floats
from pipeline.extract.case.meshes.scene import Scene, View
from pipeline.extract.case.meshes.shading import colour_table
from pipeline.extract.case.numbers import shown

INK = (40, 44, 52)
#: Room for the title, for the size, at the sides, and for the colour bar, in pixels.
TOP, BOTTOM, SIDE, BAR = 52, 48, 40, 130


def write_labels(image: Image.Image, title: str, points: Floats, scene: Scene) -> None:
    """Write on a picture.

    Args:
        image: the picture.
        title: above the mesh.
        points: those that are seen, K x 3.
        scene: what was drawn.
    """
    pen = ImageDraw.Draw(image)
    pen.text((SIDE, 14), _short(title, 70), fill=INK, font=_font(20))
    spans = points.max(axis=0) - points.min(axis=0)
    size = ", ".join(f"{name} {shown(float(span))}" for name, span in zip("xyz", spans, strict=True))
    pen.text((SIDE + 70, image.height - 30), f"size: {size}", fill=INK, font=_font(15))
    _triad(pen, image.height, scene.view)
    if scene.colouring is not None:
        _bar(image, pen, scene.colouring)


def _triad(pen: Any, height: int, view: View) -> None:
    """Draw the axes in the lower left corner."""
    x, y = 34.0, height - 30.0
    for name, axis, colour in zip("xyz", np.eye(3), ("#c0392b", "#1e8449", "#1f4e9e"), strict=True):
        right, up = view.axes[:2] @ axis * 22
        if abs(right) + abs(up) > 1:
            pen.line([(x, y), (x + right, y - up)], fill=colour, width=2)
            pen.text((x + right * 1.4, y - up * 1.4), name, fill=colour, font=_font(13), anchor="mm")


def _bar(image: Image.Image, pen: Any, colouring: Colouring) -> None:
    left, top, width, height = image.width - BAR, TOP + 60, 22, image.height - TOP - BOTTOM - 120
    ramp = np.repeat(colour_table()[::-1][:, None, :], width, axis=1).astype(np.uint8)
    image.paste(Image.fromarray(ramp).resize((width, height), Image.Resampling.BILINEAR), (left, top))
    pen.rectangle([left, top, left + width, top + height], outline=INK)
    for tick in range(5):
        value = colouring.low + (colouring.high - colouring.low) * tick / 4
        y = top + height * (1 - tick / 4)
        pen.line([(left + width, y), (left + width + 5, y)], fill=INK)
        pen.text((left + width + 9, y), shown(value), fill=INK, font=_font(15), anchor="lm")
    pen.text((image.width - 16, top - 26), _short(colouring.name, 26), fill=INK, font=_font(16), anchor="rm")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _font(size: int) -> Any:
    return ImageFont.load_default(size)
