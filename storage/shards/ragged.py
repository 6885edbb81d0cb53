"""Ragged batches: the images and texts of several documents, flat, with offsets and without padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.shards.slab import Bytes, Offsets, Run

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True)
class PackedBytes(Sequence[Bytes]):
    """Byte strings that lie one after the other in a few large pieces; an item is a view, nothing is copied.

    `pieces` gives (data uint8[total], offsets int64[items + 1]) for whoever takes many items at once.
    """

    pieces: tuple[tuple[Bytes, Offsets], ...]

    @cached_property
    def _starts(self) -> Offsets:
        return np.cumsum([0, *(len(offsets) - 1 for _, offsets in self.pieces)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[item] for item in range(*index.indices(len(self)))]
        index = index + len(self) if index < 0 else index
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        piece = int(np.searchsorted(self._starts, index, side="right")) - 1
        data, offsets = self.pieces[piece]
        within = index - int(self._starts[piece])
        return data[offsets[within] : offsets[within + 1]]

    def __iter__(self) -> Iterator[Bytes]:
        for data, offsets in self.pieces:
            yield from np.split(data, offsets[1:-1]) if len(offsets) > 1 else ()


@dataclass(frozen=True)
class RaggedBatch:
    """B documents with M_b images and N_b texts each; sums are over the batch.

    Arrays are read-only views of the memory map where the documents lie one after the other, else copies.
    """

    doc_indices: Offsets  # [B], within the reader
    image_offsets: Offsets  # [B + 1]
    text_offsets: Offsets  # [B + 1]
    prior_offsets: Offsets  # [B + 1], of the M_b x N_b matrices
    pixels: Floats  # [sum M, pixel_width]
    words: Floats  # [sum M, word_width]
    text_features: Floats  # [sum N, text_width]
    image_position: Integers  # [sum M], reading order in the document
    image_section: Integers  # [sum M]
    text_position: Integers  # [sum N]
    text_section: Integers  # [sum N]
    caption_of: Integers  # [sum N], index of the image within the document, or -1
    prior: Floats  # [sum M_b N_b]
    link: NDArray[np.int8]  # [sum M_b N_b], 1 is a true link; empty when known for no document of the batch
    has_links: NDArray[np.bool_]  # [B]
    runs: tuple[Run, ...]  # where strings and bytes are read from when they are asked for

    def __len__(self) -> int:
        return len(self.doc_indices)

    @cached_property
    def doc_ids(self) -> list[str]:
        """The documents' ids, B of them."""
        return self._strings("doc_id")

    @cached_property
    def group_ids(self) -> list[str]:
        """The groups' ids, B of them."""
        return self._strings("group_id")

    @cached_property
    def sources(self) -> list[str]:
        """The documents' sources, B of them."""
        return self._strings("source")

    @cached_property
    def families(self) -> list[str]:
        """The documents' families, B of them."""
        return self._strings("family")

    @cached_property
    def texts(self) -> list[str]:
        """The texts, sum N of them."""
        return self._strings("text")

    @cached_property
    def image_ids(self) -> list[str]:
        """The images' ids, sum M of them."""
        return self._strings("image_id")

    @cached_property
    def image_names(self) -> list[str]:
        """The images' own words, sum M of them."""
        return self._strings("image_name")

    @cached_property
    def picture_words(self) -> list[str]:
        """What was read inside the images, sum M of them; all empty in shards of version 1."""
        if not self._has("picture_words"):
            return [""] * len(self.image_position)
        return self._strings("picture_words")

    @cached_property
    def text_titles(self) -> list[str]:
        """The title of each text's section, sum N of them; all empty in shards before version 4."""
        if not self._has("text_title"):
            return [""] * len(self.text_position)
        return self._strings("text_title")

    @cached_property
    def languages(self) -> list[str | None]:
        """The documents' languages (ISO 639-1), B of them; None where not known, as before version 3."""
        if not self._has("language"):
            return [None] * len(self)
        return list(self._strings("language"))

    @cached_property
    def image_bytes(self) -> PackedBytes:
        """The images' bytes, sum M views; none when packed without bytes."""
        return PackedBytes(tuple(run.piece("image_bytes") for run in self.runs))

    @cached_property
    def text_bytes(self) -> PackedBytes:
        """The texts in UTF-8, sum N views."""
        return PackedBytes(tuple(run.piece("text") for run in self.runs))

    def _has(self, column: str) -> bool:
        return all(column in run.slab.rows.schema.names for run in self.runs)

    def _strings(self, column: str) -> list[str]:
        return list(chain.from_iterable(run.strings(column) for run in self.runs))
