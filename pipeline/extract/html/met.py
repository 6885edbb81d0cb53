"""A node that the walk has come to."""

from __future__ import annotations

from typing import NamedTuple

from selectolax.lexbor import LexborNode

from pipeline.extract.html.marks import Marks
from pipeline.extract.html.visibility import Attributes


class Met(NamedTuple):
    """A node with what is known of it, and the flags to leave it with."""

    node: LexborNode
    attributes: Attributes
    marks: Marks
    flags: int
