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
_TEXT = (
    "the mesh of a plate with hole was refined near its edge until stress no longer changed and then load "
    "was raised in ten steps while solver kept time step below limit that contact allows for this material"
)
_WORDS = _TEXT.split()


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


def write(canvas: Canvas, text: str, x: float, y: float, width: float, *, size: float = 10) -> float:
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


def place(canvas: Canvas, image: Image.Image, box: tuple[float, float, float, float]) -> None:
    """Draw an image in a box: its lower left corner, its width and its height."""
    canvas.drawImage(ImageReader(image), *box)


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


def originals() -> list[bytes]:
    """Return small PDFs that have between them what a PDF may hold."""

    def words(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(MARGIN, 780, "1 Heading")
        write(canvas, prose("Words"), MARGIN, 750, 200)
        write(canvas, prose("Beside"), MARGIN + 230, 750, 200)
        grid(canvas, MARGIN, 400, (100, 100), [["a", "b"], ["c", "d"]])

    def pictures(canvas: Canvas) -> None:
        place(canvas, picture((200, 30, 30)), (MARGIN, 600, 180, 120))
        write(canvas, "Figure 1: A picture.", MARGIN, 585, 200)
        plot(canvas, 150, 250, 240, 160)
        canvas.bookmarkPage("here")
        canvas.addOutlineEntry("Heading", "here", 0)

    def form(canvas: Canvas) -> None:
        canvas.beginForm("form")
        plot(canvas, 0, 0, 120, 80)
        canvas.endForm()
        canvas.translate(150, 300)
        canvas.doForm("form")

    return [
        sheets(words, pictures, form, pageCompression=0),
        sheets(words, pageCompression=1),
        sheets(pictures, pageCompression=1),
        sheets(form, pageCompression=0),
    ]
