"""The language of a text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

#: Characters below which no language is named: shorter texts are guessed wrong too often.
MIN_CHARACTERS = 60
_MIN_PROBABILITY = 0.5
_MAX_CHARACTERS = 20_000


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None for a short or a mixed text."""
    language, probability = language_and_probability(text)
    return language if probability is not None and probability >= _MIN_PROBABILITY else None


def language_and_probability(text: str) -> tuple[str | None, float | None]:
    """Return the most probable language of `text` and its probability; nothing for a short text."""
    if len(text) < MIN_CHARACTERS:
        return None, None
    language, probability = _identifier().classify(text[:_MAX_CHARACTERS])
    return str(language), float(probability)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads a model

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
