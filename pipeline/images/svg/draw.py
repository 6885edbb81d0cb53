"""Draws a safe tree as PNG. The library under it is not ours: call it in a child process alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

from pipeline.images.svg.markup import SVG, parse
from pipeline.images.svg.refused import SvgRefusedError
from pipeline.images.svg.size import raster_size, stated_size, view_box


def svg_to_png(data: bytes, max_pixels: int) -> bytes:
    """Return a drawing as PNG, on white; the same bytes give the same picture on every machine.

    Letters are set in DejaVu, which matplotlib brings, whatever fonts the machine has.

    Args:
        data: an SVG document (plain or gzip), or an `<svg>` cut out of a page.
        max_pixels: most pixels of the picture.

    Raises:
        SvgRefusedError: if it is no SVG, or one that is not drawn.
    """
    import resvg_py  # noqa: PLC0415 (native: no business of a process that draws nothing)

    root = parse(data)
    width, height = stated_size(root)
    columns, rows = raster_size(width, height, max_pixels)
    if view_box(root) is None:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("width", str(columns))
    root.set("height", str(rows))
    has_letters = next(root.iter(f"{{{SVG}}}text"), None) is not None
    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=etree.tostring(root, encoding="unicode"),
                background="white",
                skip_system_fonts=True,
                font_files=list(_fonts()) if has_letters else None,
                font_family="DejaVu Sans",
                sans_serif_family="DejaVu Sans",
                # What a family that is not there falls back to: most of them are sans-serif.
                serif_family="DejaVu Sans",
                monospace_family="DejaVu Sans Mono",
                cursive_family="DejaVu Sans",
                fantasy_family="DejaVu Sans",
                resources_dir=None,
            )
        )
    except ValueError as error:
        raise SvgRefusedError("undecodable", f"svg: {error}"[:300]) from error


@cache
def _fonts() -> tuple[str, ...]:
    import matplotlib  # noqa: PLC0415 (only for the place of its fonts)

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return tuple(sorted(str(path) for path in folder.glob("DejaVu*.ttf")))
