"""Puts made documents into shards: those of one theme meet in blocks, as mined negatives do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storage.shards import ShardDocument, ShardSpec, write_shards
from storage.shards.document import SPLITS

_BLOCK = 8
#: Texts over which the layout's weight falls to 1/e.
_REACH = 1.0


def layout_prior(beside: NDArray[np.int64], texts: int) -> NDArray[np.float32]:
    """Return the layout's weights [M, texts] of images beside the texts `beside` [M]; rows sum to one."""
    distance = np.abs(beside[:, None] - np.arange(texts)[None, :])
    weight = np.exp(-distance / _REACH)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


def pack(folder: str, documents: Sequence[tuple[str, ShardDocument]], spec: ShardSpec) -> str:
    """Write documents, each with its theme, in blocks of one theme; return the folder."""
    blocks = []
    for split in SPLITS:
        themes: dict[str, list[ShardDocument]] = {}
        for theme, document in documents:
            if document.split == split:
                themes.setdefault(theme, []).append(document)
        blocks += [
            mine[start : start + _BLOCK]
            for _, mine in sorted(themes.items())
            for start in range(0, len(mine), _BLOCK)
        ]
    write_shards(folder, blocks, spec)
    return folder
