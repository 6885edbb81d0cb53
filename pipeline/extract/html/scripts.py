"""What is written above or below the line: `m<sup>2</sup>` is m², not m2."""

from __future__ import annotations

_FROM = "0123456789+-−=()ni"
_RAISED = str.maketrans(_FROM, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans(_FROM, "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₙᵢ")
_PLAIN = frozenset(_FROM)
_LONGEST = 8


def raised(text: str) -> str:
    """Return a superscript in Unicode's raised characters where it is a short number, else as it is."""
    return _shifted(text, _RAISED)


def lowered(text: str) -> str:
    """Return a subscript in Unicode's lowered characters where it is a short number, else as it is."""
    return _shifted(text, _LOWERED)


def _shifted(text: str, table: dict[int, int]) -> str:
    # Letters alone stay: "1st" is an ordinal. So do numbers in brackets: "(1)" and "[1]" are references.
    stripped = text.strip()
    if not 0 < len(stripped) <= _LONGEST or not _PLAIN.issuperset(stripped) or stripped[0] == "(":
        return text
    if not any(c.isdigit() or c in "+-−n" for c in stripped):
        return text
    return text.translate(table)
