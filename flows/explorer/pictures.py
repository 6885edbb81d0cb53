"""Pictures by their id, drawn anew: what a browser gets is what Pillow made of the bytes, never the bytes."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from flows.explorer.rows import read_rows
from flows.explorer.sight import Sight
from storage.pictures import upright

#: Longest sides that can be asked for, in pixels.
SIDES = (96, 192, 384, 768, 2048)
#: A picture of more pixels is not opened.
_MOST_PIXELS = 120_000_000
_CACHED_BYTES = 64_000_000
_AT_ONCE = 2
_FAULTS = (
    OSError,
    ValueError,
    SyntaxError,
    MemoryError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Picture:
    """What to send: bytes and their type; or why there is no picture."""

    content: bytes
    media_type: str
    fault: str | None = None


class Pictures:
    """Draws pictures and remembers some; a few at once, for a large one takes its pixels' memory.

    Args:
        sight: what is looked at.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._drawing = threading.Semaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._drawn: OrderedDict[tuple[str, int], Picture] = OrderedDict()
        self._bytes = 0

    def picture(self, image_id: str, side: int) -> Picture:
        """Return a picture of at most `side` pixels (one of `SIDES`), or a placeholder that says why not."""
        key = (image_id, side)
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        with self._drawing:
            content = self.content(image_id)
            drawn = draw(content, side) if content is not None else placeholder("This picture is not stored")
        self._remember(key, drawn)
        return drawn

    def content(self, image_id: str) -> bytes | None:
        """Return the stored bytes of an image, of a drawing its raster; None if there are none."""
        rows = self._sight.ask(
            "select file, row from catalogue.images where image_id = $image_id limit 1",
            {"image_id": image_id},
        )
        if not rows:
            return None
        url, row = self._sight.image_files[rows[0]["file"]], rows[0]["row"]
        found = read_rows(url, row, row + 1, ("bytes", "raster")).to_pylist()[0]
        return found.get("raster") or found["bytes"]

    def _remember(self, key: tuple[str, int], drawn: Picture) -> None:
        with self._lock:
            self._drawn[key] = drawn
            self._bytes += len(drawn.content)
            while self._bytes > _CACHED_BYTES:
                _, oldest = self._drawn.popitem(last=False)
                self._bytes -= len(oldest.content)


def draw(content: bytes, side: int) -> Picture:
    """Return encoded bytes as a picture of at most `side` pixels; a placeholder if they do not decode."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return placeholder(f"This picture is too large to draw ({opened.width} × {opened.height})")
            opened.draft("RGB", (side, side))
            opened.thumbnail((side, side))
            made = upright(opened)
            clear = made.mode in ("RGBA", "LA", "PA") or "transparency" in made.info
            made = made.convert("RGBA" if clear else "RGB")
    except _FAULTS:
        return placeholder("This picture does not decode")
    file = io.BytesIO()
    made.save(file, "WEBP", quality=85, method=2)
    return Picture(file.getvalue(), "image/webp")


def placeholder(fault: str) -> Picture:
    """Return a drawing that says what is wrong; `fault` is a sentence of ours without a stop."""
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120" width="320" height="120" role="img">'
        '<rect x=".5" y=".5" width="319" height="119" rx="6" fill="#8881" stroke="#8886" '
        'stroke-dasharray="4 4"/>'
        '<text x="160" y="64" text-anchor="middle" font-family="system-ui,sans-serif" font-size="12" '
        f'fill="#888">{fault}</text></svg>'
    )
    return Picture(drawing.encode(), "image/svg+xml", fault)


def nearest_side(asked: int) -> int:
    """Return the smallest of `SIDES` that is not below `asked`."""
    return next((side for side in SIDES if side >= asked), SIDES[-1])
