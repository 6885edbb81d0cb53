"""One packed document, and the Arrow layout in which documents are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.integer[Any]]

#: The three splits; documents of one family share a split.
SPLITS = ("train", "valid", "test")

_STRINGS: pa.DataType = pa.list_(pa.string())
_INTEGERS: pa.DataType = pa.list_(pa.int32())
_FLOATS: pa.DataType = pa.list_(pa.float32())

#: One row: one document group. Matrices lie flat, row by row.
SHARD_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string()),
        pa.field("group_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("family", pa.string()),
        pa.field("split", pa.string()),
        pa.field("image_position", _INTEGERS),  # M
        pa.field("image_id", _STRINGS),  # M
        pa.field("image_name", _STRINGS),  # M: own words
        pa.field("image_section", _INTEGERS),  # M
        pa.field("image_bytes", pa.list_(pa.large_binary())),  # M, or none when packed without bytes
        pa.field("pixels", _FLOATS),  # M x pixel_width
        pa.field("words", _FLOATS),  # M x word_width
        pa.field("text_position", _INTEGERS),  # N
        pa.field("text", _STRINGS),  # N
        pa.field("text_section", _INTEGERS),  # N
        pa.field("caption_of", _INTEGERS),  # N: index of the described image within this row, or -1
        pa.field("text_features", _FLOATS),  # N x text_width
        pa.field("prior", _FLOATS),  # M x N
        pa.field("link", pa.list_(pa.int8())),  # M x N: 1 is a true link; zeros where none is known
        pa.field("has_links", pa.bool_()),  # whether the true links of this document are known
        pa.field("picture_words", _STRINGS),  # M: what was read inside the picture; since version 2
        pa.field("language", pa.string()),  # ISO 639-1, null where it is not known; since version 3
        pa.field("text_title", _STRINGS),  # N: the title of its section, empty without one; since version 4
    ]
)


def _no_features() -> Floats:
    return np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class ShardDocument:
    """A document group of M images and N texts, either of which may be zero.

    A feature matrix is given with as many columns as the spec says, or left out when the spec's width is 0.
    """

    doc_id: str
    group_id: str
    source: str
    family: str
    split: str
    image_position: Sequence[int]
    image_id: Sequence[str]
    image_name: Sequence[str]
    image_section: Sequence[int]
    text_position: Sequence[int]
    text: Sequence[str]
    text_section: Sequence[int]
    caption_of: Sequence[int]
    prior: Floats  # [M, N]
    image_bytes: Sequence[bytes] = ()
    pixels: Floats = field(default_factory=_no_features)  # [M, pixel_width]
    words: Floats = field(default_factory=_no_features)  # [M, word_width]
    text_features: Floats = field(default_factory=_no_features)  # [N, text_width]
    picture_words: Sequence[str] = ()  # M, or none where no pictures were read
    text_title: Sequence[str] = ()  # N, or none where no section has a title
    language: str | None = None  # ISO 639-1, of most of the text
    link: Integers | None = None  # [M, N], or None where no true links are known
    tokens: Mapping[str, Sequence[NDArray[np.floating[Any]]]] = field(
        default_factory=dict
    )  # by scale, for each image or text [its tokens, width]; packed as half floats

    @property
    def nbytes(self) -> int:
        """About how many bytes this document takes in a shard."""
        arrays = (self.pixels, self.words, self.text_features, self.prior)
        strings = (*self.image_bytes, *self.text, *self.picture_words, *self.text_title)
        tokens = sum(tokens.size for units in self.tokens.values() for tokens in units)
        return sum(map(len, strings)) + sum(a.nbytes for a in arrays) + 2 * tokens
