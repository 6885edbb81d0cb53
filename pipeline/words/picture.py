"""A stored image as the engines want it: grey, on white, large enough to be read."""

from __future__ import annotations

import io
import warnings

from PIL import Image

#: Below so many pixels on the longer side letters are too small for the engines.
SMALL = 700
#: Beyond it a picture is read at this size: time and memory grow with the pixels.
LARGE = 3000


def grey_picture(data: bytes) -> tuple[Image.Image, float]:
    """Return the first frame of an image in 8-bit grey, and by which factor it was enlarged.

    Args:
        data: bytes of an image that has been decoded before, so that its size is known to be legal.

    Raises:
        OSError: if it cannot be decoded after all.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image: Image.Image = Image.open(io.BytesIO(data))
        image.load()
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        above = image.convert("RGBA")
        image = Image.new("RGBA", above.size, "white")
        image.alpha_composite(above)
    grey = image.convert("L")
    longest = max(grey.size)
    factor = 2.0 if longest < SMALL else min(1.0, LARGE / longest)
    if factor == 1.0:
        return grey, 1.0
    size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
    return grey.resize(size, Image.Resampling.LANCZOS), factor
