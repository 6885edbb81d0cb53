"""The language of a text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pipeline.extract.names import names

#: Characters below which no language is named: shorter texts are guessed wrong too often.
MIN_CHARACTERS = 60
#: So many words of which so large a share are these are English: no model needs to be asked, which takes
#: longer than
#: to read the page.
_ENGLISH = names(
    """the of and to is that for with this which are be from you can by or will has have not when it if
    these should between used"""
)
_MIN_WORDS = 30
_MIN_SHARE = 0.15
_MIN_PROBABILITY = 0.5
#: Of a long text its beginning, middle and end are looked at, so many characters of each.
_SAMPLE = 200


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None for a short or a mixed text."""
    if len(text) < MIN_CHARACTERS:
        return None
    if len(text) > 3 * _SAMPLE:
        middle = len(text) // 2
        text = f"{text[:_SAMPLE]} {text[middle : middle + _SAMPLE]} {text[-_SAMPLE:]}"
    if _is_plainly_english(text):
        return "en"
    language, probability = _identifier().classify(text)
    return str(language) if probability >= _MIN_PROBABILITY else None


def _is_plainly_english(text: str) -> bool:
    words = text.lower().split()
    return len(words) >= _MIN_WORDS and sum(map(_ENGLISH.__contains__, words)) >= _MIN_SHARE * len(words)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads a model

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
