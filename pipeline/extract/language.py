"""The language of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pipeline.extract.element import PROSE, Element
from pipeline.extract.names import names

#: Characters below which no language is named: shorter texts are guessed wrong too often.
MIN_CHARACTERS = 60
#: So many words of which so large a share are these are English: no model needs to be asked, which takes
#: longer than to read the page.
_ENGLISH = names(
    """the of and to is that for with this which are be from you can by or will has have not when it if
    these should between used"""
)
_MIN_WORDS = 30
_MIN_SHARE = 0.15
_MIN_PROBABILITY = 0.5
#: Of a long text its beginning, middle and end are looked at, so many characters of each.
_SAMPLE = 200
#: Languages whose usual script runs from right to left.
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"})


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


def with_languages(elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return elements with the language and the direction of each prose, as found rather than as stated.

    Pages state the language of their template; what is written in it is told by the text itself, where there
    is enough of it. A shorter text keeps what was stated.
    """
    return tuple(
        _with_language(element) if element.kind in PROSE and element.text else element for element in elements
    )


def _with_language(element: Element) -> Element:
    language = language_of(element.text or "") or element.language
    direction = element.direction
    if direction is None and language is not None:
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return replace(element, language=language, direction=direction)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads a model

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # The model knows some dialects, too, which have no code of two letters.
    identifier.set_languages([code for code in identifier.nb_classes if len(code) == 2])
    return identifier
