"""Why a picture or a text was found: words that both sides share, and the part of a picture that speaks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from training.encoders.efficientnet import EfficientNetLite0
from training.encoders.load import load_image_encoder
from training.run_encoder import RunModel
from training.units.patches import cell_contributions
from training.units.terms import terms

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")
_WORD = re.compile(r"\w+")
#: Words in a text that share a term with a query and say nothing.
_LITTLE = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "into"),
        *("is", "it", "of", "on", "or", "that", "the", "this", "to", "with"),
    )
)


def shared_words(asked: str, text: str) -> list[str]:
    """Return the words of a query that a text has too, as the query spells them, each once."""
    there = set(terms(text))
    words = [word for word in _WORD.findall(asked) if word.lower() not in _LITTLE]
    return list(dict.fromkeys(word for word in words if there.intersection(terms(word))))


def speaking_part(run: RunModel, picture: bytes, direction: NDArray[np.float32]) -> str | None:
    """Name the part of a picture that speaks most for a direction of a run's space: "upper left".

    Args:
        run: whose model compares.
        picture: encoded bytes.
        direction: [d], such as a text's vector, or the difference of two.

    Returns:
        None where the run's encoder or head does not share its score out over patches.
    """
    if run.model.config.pixel_hidden or run.model.image_encoder is not None:
        return None
    encoder = load_image_encoder(run.image_encoder)
    if not isinstance(encoder, EfficientNetLite0):
        return None
    return part_of(
        cell_contributions(run.model, encoder.maps([picture])[0], torch.from_numpy(direction)).numpy()
    )


def image_bytes(connection: DuckDBPyConnection, image_id: str) -> bytes:
    """Return the bytes of an image that its build holds: of a drawing its raster."""
    asked = "select coalesce(raster, bytes) from images where image_id = $image_id limit 1"
    row = connection.execute(asked, {"image_id": image_id}).fetchone()
    assert row is not None, "an image that was embedded is in the build that pins both"
    return bytes(row[0])


def part_of(cells: NDArray[np.float32]) -> str:
    """Name the part of a picture where a grid of cells [rows, columns] is highest: "upper left"."""
    row, column = np.unravel_index(int(cells.argmax()), cells.shape)
    names = [
        words[min(3 * int(at) // size, 2)]
        for words, at, size in zip((_ROWS, _COLUMNS), (row, column), cells.shape, strict=True)
    ]
    return " ".join(names)
