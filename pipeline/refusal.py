"""The base of errors that become a row in `rejections`."""

from __future__ import annotations


class RefusalError(Exception):
    """Something that is not read, drawn or kept.

    Attributes:
        rule: short name of the reason.
        detail: one sentence for a person.
        value: what was measured, if anything.
        threshold: the limit that it was held against, if any.
    """

    def __init__(
        self, rule: str, detail: str, value: float | None = None, threshold: float | None = None
    ) -> None:
        # All of them as arguments, so that the error can be pickled and come back whole.
        super().__init__(rule, detail, value, threshold)
        self.rule = rule
        self.detail = detail
        self.value = value
        self.threshold = threshold

    def __str__(self) -> str:
        return self.detail
