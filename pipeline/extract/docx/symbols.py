"""Characters of the font Symbol, which keeps Greek and mathematical signs in the places of letters."""

from __future__ import annotations

import re

_GREEK = dict(zip(
    "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYWVjJv",
    "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςϕϑϖ",
    strict=True,
))  # fmt: skip
_SIGNS = {
    0xA3: "≤", 0xB3: "≥", 0xB0: "°", 0xB1: "±", 0xB4: "×", 0xB5: "∝", 0xB6: "∂", 0xB7: "•", 0xB8: "÷",
    0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xAE: "→", 0xAC: "←", 0xAD: "↑", 0xAF: "↓", 0xA5: "∞", 0xA2: "′",
    0xB2: "″", 0xBC: "…", 0xD0: "∠", 0xD1: "∇", 0xD6: "√", 0xD7: "⋅", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫",
    0xCE: "∈", 0xC6: "∅", 0xD5: "∏", 0x5E: "⊥", 0x7E: "∼", 0x40: "≅",
}  # fmt: skip
_PRIVATE = 0xF000
_PRIVATE_CHARACTER = re.compile("[\uf000-\uf0ff]")


def symbol(code: int, font: str) -> str:
    """Return what a character code shows in a font.

    Codes of other pictorial fonts (Wingdings) show a bullet or an arrow: they become a bullet.
    """
    plain = code - _PRIVATE if _PRIVATE <= code < _PRIVATE + 256 else code
    if "symbol" in font.lower():
        return _SIGNS.get(plain) or _GREEK.get(chr(plain)) or chr(plain)
    if font.lower().startswith(("wingdings", "webdings")):
        return "•"
    return chr(plain) if 0 < plain < 0xD800 else "\ufffd"


def plain_symbols(text: str, font: str) -> str:
    """Return text with the characters that Word keeps in the private area as what they show."""
    return _PRIVATE_CHARACTER.sub(lambda found: symbol(ord(found[0]), font or "symbol"), text)
