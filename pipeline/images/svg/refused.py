"""What says that a drawing is not drawn."""

from __future__ import annotations


class SvgRefusedError(Exception):
    """An SVG that is not drawn.

    Attributes:
        rule: `undecodable`, `too_many_pixels`, `svg_entities` or `svg_too_large`.
        detail: one sentence for a person.
        value: what was measured, if anything.
        threshold: the limit that it was held against, if any.
    """

    def __init__(
        self, rule: str, detail: str, value: float | None = None, threshold: float | None = None
    ) -> None:
        super().__init__(rule, detail, value, threshold)
        self.rule = rule
        self.detail = detail
        self.value = value
        self.threshold = threshold
