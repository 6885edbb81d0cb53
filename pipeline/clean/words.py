"""Words, sentences and stop words: how a text is taken apart before it is measured."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

#: jusText's lists (BSD), by ISO 639-1 code.
_STOP_LISTS = {
    "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian", "nl": "Dutch",
    "no": "Norwegian_Bokmal", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?。！？]+[\"'”’)\]]*(?=\s|$)|[。！？]")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def words_of(text: str) -> list[str]:
    """Return the words in lower case, without what is no letter at either end; such as are nothing else go.

    As OBELICS' `get_words_from_text`.
    """
    stripped = (_EDGES.sub("", word) for word in text.lower().split())
    return [word for word in stripped if word]


def count_sentences(text: str) -> int:
    """Return the number of sentences; text after the last end counts as one."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    rest = text[ends[-1] if ends else 0 :]
    return len(ends) + bool(rest.strip())


@cache
def stop_words(language: str | None) -> frozenset[str] | None:
    """Return the stop words of a language (ISO 639-1), or None where there is no list."""
    name = _STOP_LISTS.get(language or "")
    if name is None:
        return None
    # The files are read without the package, whose import needs an HTML cleaner.
    path = Path(str(distribution("justext").locate_file(f"justext/stoplists/{name}.txt")))
    return frozenset(path.read_text(encoding="utf-8").split())
