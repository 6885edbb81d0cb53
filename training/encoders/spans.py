"""Which sentence and which word each piece of a tokenized text belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from training import ragged

if TYPE_CHECKING:
    from tokenizers import Encoding

#: A sentence ends before a blank that follows its mark, where a capital follows; or at a line's end.
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-ZÀ-Þ])|(?<=[。！？])|\n+")


@dataclass(frozen=True)
class Spans:
    """Of each piece of packed texts, its sentence and its word, counted from 0 in each text.

    The tokenizer's own pieces at both ends belong to the first and the last sentence, so that a text of one
    sentence and that sentence are the same; they and punctuation belong to no word, -1.
    """

    sentences: Tensor  # int64 [Σ pieces]
    words: Tensor  # int64 [Σ pieces]

    def to(self, device: torch.device | str) -> Spans:
        """Return the spans on `device`."""
        return Spans(self.sentences.to(device), self.words.to(device))

    def select(self, offsets: Tensor, texts: Tensor) -> Spans:
        """Return the spans of the given texts, int64 [K], whose pieces begin at `offsets`."""
        rows, _ = ragged.select_rows(offsets, texts)
        return Spans(self.sentences[rows], self.words[rows])


def sentence_starts(text: str) -> list[int]:
    """Return where each sentence of a text begins, in characters; the first at 0."""
    return [0, *(match.end() for match in _END.finditer(text) if 0 < match.end() < len(text))]


def spans_of(texts: Sequence[str], encodings: Sequence[Encoding]) -> Spans:
    """Return the spans of texts.

    Args:
        texts: n of them; an empty one has no pieces.
        encodings: what the tokenizer made of them.
    """
    sentences: list[int] = []
    words: list[int] = []
    for text, encoding in zip(texts, encodings, strict=True):
        if text:
            held, named = _of_text(text, encoding)
            sentences += held
            words += named
    return Spans(torch.tensor(sentences, dtype=torch.int64), torch.tensor(words, dtype=torch.int64))


def _of_text(text: str, encoding: Encoding) -> tuple[list[int], list[int]]:
    starts = sentence_starts(text)
    sentences: list[int] = []
    words: list[int] = []
    for (begin, end), word in zip(encoding.offsets, encoding.word_ids, strict=True):
        # A piece of the tokenizer's own has no characters: it goes with the piece before it.
        if begin == end:
            sentences.append(sentences[-1] if sentences else 0)
        else:
            sentences.append(bisect_right(starts, begin) - 1)
        named = word is not None and any(map(str.isalnum, text[begin:end]))
        words.append(word if named and word is not None else -1)
    return sentences, words
