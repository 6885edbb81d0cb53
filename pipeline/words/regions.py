"""Parts of a picture that Tesseract reads only when turned or inverted, together on one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from pipeline.words.word import Word

_INK = 60  # grey levels away from the background
_DARK = 120  # grey level below which a block is dark
_BLOCK = 8  # pixels
_GAP = 9  # pixels between letters and words of one line
_MARGIN = 5
_BETWEEN = 24
#: A line that runs upwards: so thick, so many times as high as thick.
_THICKNESS = (7, 64)
_SLENDER = 2.5
_MOST = 24
_MIN_LETTERS = 3


@dataclass(frozen=True)
class Region:
    """A box of a picture in pixels; `turned` ones are read from bottom to top, `inverted` ones are dark."""

    left: int
    top: int
    right: int
    bottom: int
    turned: bool = False
    inverted: bool = False

    def cut(self, picture: Image.Image) -> Image.Image:
        """Return the region, dark on light and running to the right."""
        part = picture.crop((self.left, self.top, self.right, self.bottom))
        if self.inverted:
            # White behind the letters, as on the rest of the sheet.
            part = ImageOps.autocontrast(ImageOps.invert(part), cutoff=(0, 40))
        return part.transpose(Image.Transpose.ROTATE_270) if self.turned else part

    def back(self, word: Word) -> Word:
        """Return a word that was read in the cut region where it stands in the picture."""
        if not self.turned:
            return replace(word, left=word.left + self.left, top=word.top + self.top)
        return Word(
            word.text,
            word.confidence,
            self.left + word.top,
            self.bottom - word.left - word.width,
            word.height,
            word.width,
            vertical=True,
        )


@dataclass(frozen=True)
class Sheet:
    """Regions below each other on white, and where on the sheet each begins."""

    image: Image.Image
    places: tuple[tuple[int, Region], ...]

    def back(self, words: Sequence[Word]) -> Iterator[Word]:
        """Give words of the sheet where they stand in the picture."""
        for word in words:
            middle = word.top + word.height / 2
            place = [(top, region) for top, region in self.places if top <= middle]
            if place:
                top, region = place[-1]
                if not region.turned or _is_worded(word.text):
                    yield region.back(replace(word, left=word.left - _BETWEEN, top=word.top - top))


def sheet_of(picture: Image.Image) -> Sheet | None:
    """Return the regions of a grey picture that must be turned or inverted, or None if there are none."""
    grey = np.asarray(picture)
    regions = [*_dark_regions(grey), *_upright_regions(grey)][:_MOST]
    if not regions:
        return None
    parts = [region.cut(picture) for region in regions]
    width = max(part.width for part in parts) + 2 * _BETWEEN
    height = sum(part.height for part in parts) + _BETWEEN * (len(parts) + 1)
    sheet = Image.new("L", (width, height), 255)
    places: list[tuple[int, Region]] = []
    top = _BETWEEN
    for region, part in zip(regions, parts, strict=True):
        sheet.paste(part, (_BETWEEN, top))
        places.append((top, region))
        top += part.height + _BETWEEN
    return Sheet(sheet, tuple(places))


def _is_worded(text: str) -> bool:
    """Tell whether there are letters enough not to be a row of tick marks that was turned."""
    return sum(letter.isalnum() for letter in text) >= _MIN_LETTERS


def _upright_regions(grey: npt.NDArray[np.uint8]) -> Iterator[Region]:
    """Give slender upright runs of ink, thick enough to be letters."""
    from scipy import ndimage  # noqa: PLC0415 (heavy)

    background = int(np.median(grey))
    ink = np.abs(grey.astype(np.int16) - background) > _INK
    # Frames and grid lines would tie letters together.
    ink &= ~ndimage.binary_opening(ink, np.ones((3 * _THICKNESS[1], 1), bool))
    ink &= ~ndimage.binary_opening(ink, np.ones((1, 3 * _THICKNESS[1]), bool))
    joined = ndimage.binary_closing(np.pad(ink, _GAP), np.ones((2 * _GAP + 1, 1), bool))[
        _GAP:-_GAP, _GAP:-_GAP
    ]
    labels, _ = ndimage.label(joined, np.ones((3, 3), int))
    for rows, columns in ndimage.find_objects(labels):
        width, height = columns.stop - columns.start, rows.stop - rows.start
        slender = _THICKNESS[0] <= width <= _THICKNESS[1] and height >= _SLENDER * width
        if slender and height >= 3 * _THICKNESS[0]:
            yield _region(rows, columns, grey.shape, turned=True)


def _dark_regions(grey: npt.NDArray[np.uint8]) -> Iterator[Region]:
    """Give the boxes of dark areas in which there is something light."""
    from scipy import ndimage  # noqa: PLC0415 (heavy)

    height, width = (side // _BLOCK * _BLOCK for side in grey.shape)
    if not height or not width:
        return
    blocks = grey[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    dark = np.median(blocks, axis=(1, 3)) < _DARK
    labels, _ = ndimage.label(ndimage.binary_closing(dark, np.ones((1, 5), bool)) | dark)
    for rows, columns in ndimage.find_objects(labels):
        if rows.stop - rows.start < 2 or columns.stop - columns.start < 4:
            continue
        pixels = tuple(slice(part.start * _BLOCK, part.stop * _BLOCK) for part in (rows, columns))
        if float(np.percentile(grey[pixels], 99)) > 170:
            yield _region(pixels[0], pixels[1], grey.shape, inverted=True)


def _region(
    rows: slice, columns: slice, shape: tuple[int, ...], turned: bool = False, inverted: bool = False
) -> Region:
    return Region(
        left=max(0, columns.start - _MARGIN),
        top=max(0, rows.start - _MARGIN),
        right=min(shape[1], columns.stop + _MARGIN),
        bottom=min(shape[0], rows.stop + _MARGIN),
        turned=turned,
        inverted=inverted,
    )
