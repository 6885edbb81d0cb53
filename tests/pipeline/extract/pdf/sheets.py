"""PDFs that tests write: pages drawn with reportlab, and words to fill them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
MARGIN = 60.0
_WORDS = (
    "the mesh of a plate with hole was refined near its edge until stress no longer changed and then load "
    "was raised in ten steps while solver kept time step below limit that contact allows for this material"
).split()


def sheets(*pages: Callable[[Canvas], None], **settings: object) -> bytes:
    """Return a PDF; each function draws a page."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True, **settings)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def prose(name: str, count: int = 60) -> str:
    """Return a paragraph of `count` words, which begins with `name` and is unlike others."""
    start = sum(map(ord, name))
    words = [_WORDS[(start + 7 * index) % len(_WORDS)] for index in range(count)]
    return f"{name} {' '.join(words)}."


def write(canvas: Canvas, text: str, x: float, y: float, width: float, size: float = 10) -> float:
    """Write a paragraph from its first baseline at `y` on; return the baseline after its last line."""
    canvas.setFont("Times-Roman", size)
    for line in simpleSplit(text, "Times-Roman", size, width):
        canvas.drawString(x, y, line)
        y -= 1.2 * size
    return y


def picture(color: tuple[int, int, int], size: tuple[int, int] = (120, 80)) -> Image.Image:
    """Return an image of one colour with a darker corner."""
    image = Image.new("RGB", size, color)
    image.paste(tuple(value // 2 for value in color), (0, 0, size[0] // 3, size[1] // 3))
    return image


def place(canvas: Canvas, image: Image.Image, x: float, y: float, width: float, height: float) -> None:
    """Draw an image with its lower left corner at a point."""
    canvas.drawImage(ImageReader(image), x, y, width, height)


def plot(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Draw a chart of lines: axes, a curve, numbers along the axes and a title for each."""
    canvas.line(x, y, x + width, y)
    canvas.line(x, y, x, y + height)
    path = canvas.beginPath()
    path.moveTo(x, y)
    for step in range(1, 20):
        path.lineTo(x + width * step / 20, y + height * (step / 20) ** 2)
    canvas.drawPath(path)
    path = canvas.beginPath()
    path.moveTo(x, y)
    path.curveTo(x + width / 3, y + height, x + 2 * width / 3, y, x + width, y + height / 2)
    canvas.drawPath(path)
    canvas.setFont("Helvetica", 7)
    for step in range(5):
        canvas.drawCentredString(x + width * step / 4, y - 9, str(step * 10))
        canvas.drawRightString(x - 3, y + height * step / 4 - 2, str(step * 5))
    canvas.drawCentredString(x + width / 2, y - 19, "displacement [mm]")
    canvas.saveState()
    canvas.translate(x - 16, y + height / 2)
    canvas.rotate(90)
    canvas.drawCentredString(0, 0, "force [kN]")
    canvas.restoreState()


def grid(canvas: Canvas, x: float, y: float, widths: Sequence[float], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table with all its rules from its upper left corner on."""
    height = 16.0
    edges = [x + sum(widths[:index]) for index in range(len(widths) + 1)]
    canvas.grid(edges, [y - height * index for index in range(len(rows) + 1)])
    canvas.setFont("Times-Roman", 9)
    for index, row in enumerate(rows):
        for left, cell in zip(edges, row, strict=False):
            canvas.drawString(left + 3, y - height * index - 11, cell)
