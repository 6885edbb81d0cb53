"""What says that a drawing is not drawn."""

from __future__ import annotations

from pipeline.refusal import RefusalError


class SvgRefusedError(RefusalError):
    """An SVG that is not drawn: `undecodable`, `too_many_pixels`, `svg_entities` or `svg_too_large`."""
