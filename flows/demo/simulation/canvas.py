"""One reused figure of each process, and the house styles that families draw in."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any, Literal

DPI = 80


@dataclass(frozen=True)
class Style:
    """How one family's figures look."""

    frame: Literal["axes", "clean", "viewer"]  # viewer: as a post-processor's window looks
    stress: str  # colour maps
    heat: str
    length: str
    ink: str
    size: tuple[float, float]  # inches
    titles: bool
    grid: bool
    levels: int  # of colour bands; 0 is smooth


def style_of(rng: Random) -> Style:
    """Draw a style."""
    return Style(
        frame=rng.choice(("axes", "clean", "viewer")),
        stress=rng.choice(("jet", "turbo", "viridis", "rainbow")),
        heat=rng.choice(("inferno", "hot", "plasma", "coolwarm")),
        length=rng.choice(("viridis", "cividis", "jet", "YlGnBu")),
        ink=rng.choice(("tab:blue", "black", "tab:green", "tab:red", "#1f3b6f")),
        size=rng.choice(((4.0, 3.0), (4.4, 3.1), (4.8, 3.2), (3.8, 3.2))),
        titles=rng.random() < 0.4,
        grid=rng.random() < 0.5,
        levels=rng.choice((0, 0, 9, 12)),
    )


@functools.cache
def _figure() -> Any:
    import matplotlib  # noqa: PLC0415
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    matplotlib.rcParams.update({"font.size": 8, "axes.titlesize": 9, "path.simplify": True})
    figure = Figure(dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def blank(size: tuple[float, float]) -> Any:
    """Return the process's figure, emptied, in the given size in inches."""
    figure = _figure()
    figure.clear()
    figure.set_size_inches(*size)
    figure.set_facecolor("white")
    return figure


def png(figure: Any) -> bytes:
    """Return what stands on `figure` as PNG bytes without a date in them."""
    from PIL import Image  # noqa: PLC0415

    figure.canvas.draw()
    pixels = Image.frombuffer("RGBA", figure.canvas.get_width_height(), figure.canvas.buffer_rgba())
    out = BytesIO()
    pixels.convert("RGB").save(out, format="PNG", compress_level=6)
    return out.getvalue()
