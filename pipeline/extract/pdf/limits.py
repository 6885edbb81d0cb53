"""How much of a PDF is read; what goes beyond is refused or left out, with a reason."""

from __future__ import annotations

#: Pages of a document.
MAX_PAGES = 5_000
#: Characters of a page: the densest page of a printed book has some ten thousand.
MAX_CHARACTERS = 100_000
#: Objects of a page, those of its forms included: a scatter plot may well have fifty thousand.
MAX_OBJECTS = 100_000
#: How deep forms may stand in forms.
MAX_DEPTH = 8
#: The side of a page in points: what PDF 1.7 allows (200 inches).
MAX_SIDE = 14_400.0
#: Pixels of an embedded image; 100 megapixels are an A0 sheet at 300 dots per inch, nearly.
MAX_PIXELS = 100_000_000
#: Pixels of a drawing's picture, and its dots per inch where these are enough.
MAX_RENDERED_PIXELS = 4_000_000
RENDERED_DPI = 150.0
#: Bytes of all images of a document together.
MAX_IMAGE_BYTES = 400_000_000
#: Images of a document.
MAX_IMAGES = 20_000
