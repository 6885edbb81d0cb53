"""How a stored picture is to be looked at."""

from __future__ import annotations

import struct

from PIL import Image, ImageOps


def upright(image: Image.Image) -> Image.Image:
    """Return a picture turned as its EXIF orientation says; the same one where it says nothing readable."""
    try:
        turned = ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, ArithmeticError, struct.error):
        # Broken notes beside the pixels; the pixels themselves are whole.
        return image
    return image if turned is None else turned
