"""Pictures whose words are known: plots with axis labels, dialogs, dimensioned drawings."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from PIL import Image, ImageDraw, ImageFont

_WORDS = (
    "Temperature", "Pressure", "Velocity", "Displacement", "Stress", "Iteration", "Residual", "Frequency",
    "Amplitude", "Length", "Width", "Thickness", "Force", "Moment", "Time", "Energy", "Density", "Power",
    "Voltage", "Current", "Flow", "Heat", "Load", "Strain", "Mesh", "Convergence", "Error", "Height",
    "Angle", "Radius", "Cancel", "Apply", "Settings", "Export", "Preview", "Select", "Layer", "Options",
    "General", "Advanced", "Default", "Units", "Solver", "Boundary", "Material", "Steel", "Copper",
    "Inlet", "Outlet",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A picture, PNG, and the words that stand in it, each once."""

    kind: str
    data: bytes
    words: tuple[str, ...]


def draw_pictures(count: int, seed: int = 0) -> Iterator[Drawn]:
    """Give so many pictures, the three kinds in turn."""
    draw = random.Random(seed)
    kinds = (_plot, _dialog, _drawing)
    for number in range(count):
        yield kinds[number % 3](draw)


def _plot(draw: random.Random) -> Drawn:
    words = draw.sample(_WORDS, 6)
    figure = Figure(figsize=(6, 4), dpi=draw.choice([80, 100, 120]))
    axes = figure.subplots()
    for label, bottom in ((words[3], 0.1), (words[4], 0.5)):
        axes.plot([bottom + 0.3 * draw.random() for _ in range(8)], label=label)
    axes.set_ylim(0, 1.4)
    axes.set_xlabel(words[0])
    axes.set_ylabel(words[1])
    axes.set_title(f"{words[2]} {words[5]}")
    axes.legend(loc="upper right")
    return Drawn("plot", _png(figure), tuple(words))


def _dialog(draw: random.Random) -> Drawn:
    words = draw.sample(_WORDS, 8)
    font = ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 13)
    image = Image.new("RGB", (420, 300), (240, 240, 240))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 420, 26), fill=(60, 90, 160))
    pen.text((8, 5), words[0], font=font, fill="white")
    for row, word in enumerate(words[1:6]):
        pen.text((20, 45 + row * 36), word, font=font, fill="black")
        pen.rectangle((160, 42 + row * 36, 380, 64 + row * 36), outline=(150, 150, 150), fill="white")
    for column, word in enumerate(words[6:]):
        pen.rectangle((200 + column * 100, 250, 290 + column * 100, 280), outline=(100, 100, 100))
        pen.text((210 + column * 100, 257), word, font=font, fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Drawn("dialog", buffer.getvalue(), tuple(words))


def _drawing(draw: random.Random) -> Drawn:
    words = draw.sample(_WORDS, 3)
    first, second, third = (str(number) for number in draw.sample(range(100, 999), 3))
    figure = Figure(figsize=(5, 4), dpi=100)
    axes = figure.subplots()
    axes.axis("off")
    axes.set_aspect("equal")
    axes.add_patch(Rectangle((0, 0), 4, 2, fill=False))
    axes.add_patch(Circle((2, 1), 0.4, fill=False))
    axes.annotate("", (0, -0.4), (4, -0.4), arrowprops={"arrowstyle": "<->"})
    axes.text(2, -0.3, first, ha="center")
    axes.annotate("", (4.4, 0), (4.4, 2), arrowprops={"arrowstyle": "<->"})
    axes.text(4.6, 1, second)
    axes.text(2.6, 1.4, f"R{third}")
    axes.text(0, 2.4, f"{words[0]} {words[1]}")
    axes.text(0.1, 0.1, words[2])
    axes.set_xlim(-0.5, 5.5)
    axes.set_ylim(-1, 3)
    return Drawn("drawing", _png(figure), (*words, first, second, f"R{third}"))


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
