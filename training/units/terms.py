"""The terms of a text that are worth matching: words, identifiers and their pieces, numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)+|\d+")
_TOKEN = re.compile(rf"[{_CJK}]+|\d+(?:[.,]\d+)+|(?:(?![{_CJK}])\w)+")
_HAN = re.compile(rf"[{_CJK}]")
# Between a small letter and a capital, before the last capital of a run, between letters and digits.
_PIECES = re.compile(r"_+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
_SHORTEST_STEM = 4
_DOUBLED = re.compile(r"([bdgklmnprt])\1$")


def terms(text: str) -> list[str]:
    """Return the terms of a text in order, repeated as they are.

    `stress_vonMises` gives itself and `stress`, `von`, `mise`: an identifier matches whole, which is rare and
    weighs much, and by its pieces. Words are stemmed lightly; a number keeps its digits (a comma is a point).
    Single letters are no terms. Chinese, Japanese and Korean have no spaces, so their runs give bigrams.
    """
    return list(_of_text(text))


# Slices of a corpus are measured one after the other, and each text is in several of them.
@lru_cache(maxsize=1 << 16)
def _of_text(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", text)):
        if _HAN.match(token):
            found += [token[i : i + 2] for i in range(max(len(token) - 1, 1))]
        elif _NUMBER.fullmatch(token):
            found.append(token.replace(",", "."))
        else:
            found += _of_word(token)
    return tuple(found)


def stem(word: str) -> str:
    """Cut the commonest English endings off a lower-case word: plural s, -ing and -ed; short words stay."""
    if word.endswith("ies") and len(word) > _SHORTEST_STEM:
        word = word[:-3] + "y"
    elif re.search(r"(?:ss|sh|ch|x|zz)es$", word):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) >= _SHORTEST_STEM:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return _DOUBLED.sub(r"\1", word[: -len(ending)]).removesuffix("e")
    return word.removesuffix("e") if len(word) > _SHORTEST_STEM else word


@lru_cache(maxsize=1 << 16)
def _of_word(token: str) -> list[str]:
    pieces = [piece for piece in _PIECES.split(token) if piece]
    found = [stem(piece.lower()) for piece in pieces if len(piece) > 1]
    return [token.lower().strip("_"), *found] if len(pieces) > 1 else found
