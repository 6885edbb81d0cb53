"""What the rules look at in a text: ratios as their authors define them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

CHARACTER_GRAM = 10
WORD_GRAM = 5
#: Characters of a text whose repetition is measured: its beginning tells enough of a long log.
_MEASURED = 200_000
#: The punctuation that OBELICS looks for.
_PUNCTUATION = frozenset(".!?,;:()\"'“”’…-")
_TOKENS = re.compile(r"[\w']+|[.!?,;:()\"“”’…-]")
_ENDS = (".", "!", "?", '"', "”", "。", "！", "？")
_POLICY = (
    "javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies",
    "use cookies",
)  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]")
_SYMBOL = re.compile(r"#|\.\.\.|…")


def character_repetition(text: str) -> float:
    """Return the share of 10-grams of characters that are among the most frequent ones, 0 to 1.

    OBELICS, `compute_character_repetition_ratio`: the frequencies of the most frequent n-grams, as many as
    the root of the number of distinct ones and no more than occur twice, over those of all.
    """
    text = text[:_MEASURED]
    grams = Counter(text[i : i + CHARACTER_GRAM] for i in range(len(text) - CHARACTER_GRAM + 1))
    if not grams:
        return 0.0
    repeated = sorted((count for count in grams.values() if count > 1), reverse=True)
    top = repeated[: math.isqrt(len(grams))]
    return sum(top) / grams.total()


def word_repetition(words: Sequence[str]) -> float:
    """Return the share of 5-grams of words that occur more than once, 0 to 1 (OBELICS)."""
    words = words[: _MEASURED // CHARACTER_GRAM]
    grams = Counter(zip(*(words[i:] for i in range(WORD_GRAM)), strict=False))
    if not grams:
        return 0.0
    return sum(count for count in grams.values() if count > 1) / grams.total()


def special(text: str) -> float:
    """Return the share of characters that are no letters: space, digits, punctuation, signs (OBELICS)."""
    if not text:
        return 0.0
    return 1.0 - len(_LETTER.findall(text)) / len(text)


def stop_word_share(words: Sequence[str], stop: Collection[str] | None) -> float | None:
    """Return the share of stop words; None where there is no list, 0 where there are no words."""
    if stop is None:
        return None
    return sum(word in stop for word in words) / len(words) if words else 0.0


def punctuation(text: str, at_least: int = 0) -> float | None:
    """Return the share of punctuation among tokens (OBELICS); None for fewer tokens than `at_least`."""
    tokens = _TOKENS.findall(text)
    if len(tokens) < max(at_least, 1):
        return None if at_least else 0.0
    return sum(token in _PUNCTUATION for token in tokens) / len(tokens)


def mean_length(words: Sequence[str]) -> float | None:
    """Return the mean number of characters of a word (Gopher); None where there are none."""
    return sum(map(len, words)) / len(words) if words else None


def alphabetic(raw_words: Sequence[str]) -> float | None:
    """Return the share of words with at least one letter (Gopher); None where there are no words."""
    return sum(bool(_LETTER.search(word)) for word in raw_words) / len(raw_words) if raw_words else None


def symbols(text: str, raw_words: Sequence[str]) -> float | None:
    """Return the number of # and of ellipses for each word (Gopher); None where there are no words."""
    return len(_SYMBOL.findall(text)) / len(raw_words) if raw_words else None


def ends_sentence(text: str) -> bool:
    """Say whether a text ends with a mark that ends sentences, and not with an ellipsis (C4)."""
    bare = text.rstrip()
    return bare.endswith(_ENDS) and not bare.endswith(("...", "…"))


def policy_phrases(text: str) -> int:
    """Return how many kinds of phrase of cookie and script notices a text holds (C4)."""
    lower = text.lower()
    return sum(phrase in lower for phrase in _POLICY)
