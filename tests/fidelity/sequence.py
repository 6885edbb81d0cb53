"""A page as one row of words and images, which the browser and every reader can be brought to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag

from tests.fidelity.browser import Shown

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Token:
    """A word, or an image by any of its URLs."""

    word: str | None = None
    urls: frozenset[str] = frozenset()


def words_of(text: str) -> list[str]:
    """Return the runs of letters and digits of a text, in lower case."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def text_tokens(text: str) -> list[Token]:
    """Return a text's words as tokens."""
    return [Token(word) for word in words_of(text)]


def image_token(urls: Iterable[str]) -> Token:
    """Return an image with all URLs that it may be had from."""
    return Token(urls=frozenset(unquote(urldefrag(url).url) for url in urls))


def shown_tokens(shown: Iterable[Shown]) -> list[Token]:
    """Return what is content on the screen, as tokens."""
    tokens: list[Token] = []
    block, run = -1, ""
    for item in shown:
        if item.why is not None:
            continue
        if item.kind == "image":
            tokens += text_tokens(run)
            run = ""
            assert item.source is not None
            tokens.append(image_token([item.source]))
            continue
        if item.block != block:
            tokens += text_tokens(run)
            block, run = item.block, ""
        run += item.text + (" " if item.space else "")
    return tokens + text_tokens(run)
