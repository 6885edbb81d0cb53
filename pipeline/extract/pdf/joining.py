"""Blocks to texts: lines joined, words that a line's end cut mended, and paragraphs that a page's end cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.extract.pdf.blocks import Block
from pipeline.extract.pdf.page import Line

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CUT = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[-\u2010\u00ad]$")
_NEXT = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ENDS = re.compile(r"[.!?:;…。！？][\"'”’)\]]*$")
#: Scripts that put no space between words, so none where a line ends.
_NO_SPACE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_CARRIED = frozenset({"text", "list_item", "quote"})


class Vocabulary:
    """The words of a document as they stand within lines: they tell which hyphen is a word's own.

    Args:
        lines: the document's lines.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._words: Counter[str] = Counter()
        for line in lines:
            # A word that a line's end cuts is no witness.
            text = _CUT.sub("", line.text.rstrip()).casefold()
            self._words.update(_WORD.findall(text))

    def joined(self, text: str, following: str) -> str:
        """Return two lines as one text."""
        if not text or not following:
            return text + following
        cut, start = _CUT.search(text), _NEXT.match(following)
        if cut is None or start is None:
            bare = _NO_SPACE.match(text[-1]) and _NO_SPACE.match(following[0])
            # What ends in a hyphen or a slash and is no word goes on without a space: "M3-", "and/".
            tight = re.search(r"\w[-\u2010/]$", text) and re.match(r"\w", following)
            return text + ("" if bare or tight else " ") + following
        if not start[0][0].islower():
            return text + following
        hyphened = self._words[f"{cut[1]}-{start[0]}".casefold()]
        plain = self._words[(cut[1] + start[0]).casefold()]
        return text + following if hyphened > plain else text[:-1] + following

    def text(self, lines: Iterable[str]) -> str:
        """Return lines as one text."""
        text = ""
        for line in lines:
            text = self.joined(text, line.strip())
        return text


def block_text(block: Block, vocabulary: Vocabulary) -> str:
    """Return what a block says; the bullet of an item is no part of it, its number is none either."""
    if block.kind == "code":
        return code_text(block.lines)
    text = vocabulary.text(line.text for line in [*block.lines, *block.tail])
    return text[len(block.marker) :].strip() if block.marker is not None else text


def code_text(lines: Sequence[Line]) -> str:
    """Return lines of code with their indentation, their columns and the blank lines between them."""
    spans = [span for line in lines for span in line.spans]
    widths = sorted(span.box.width / len(span.text) for span in spans if len(span.text) > 1)
    width = widths[len(widths) // 2] if widths else max(spans[0].size * 0.6, 1.0)
    width = max(width, 0.5)
    left = min(line.box.x0 for line in lines)
    steps = sorted(b.baseline - a.baseline for a, b in pairwise(lines))
    step = steps[len(steps) // 4] if steps else 0.0
    rows: list[str] = []
    before: Line | None = None
    for line in lines:
        if before is not None and step > 0:
            blank = round((line.baseline - before.baseline) / step) - 1
            rows += [""] * min(max(blank, 0), 2)
        row = ""
        for span in line.spans:
            column = round((span.box.x0 - left) / width)
            row += " " * max(column - len(row), 1 if row and span.spaced else 0)
            row += span.text
        rows.append(row.rstrip())
        before = line
    return "\n".join(rows)


def carry_over(columns: Sequence[Sequence[Block]]) -> None:
    """Give the rest of a paragraph that a column or a page cut to its beginning.

    Args:
        columns: the blocks of all columns in reading order; what is carried over is taken out of its block.
    """
    open_end: Block | None = None
    for column in columns:
        texts = [block for block in column if block.kind not in ("furniture", "image", "table", "caption")]
        if not texts:
            continue
        first = texts[0]
        if open_end is not None and _is_rest(open_end, first):
            open_end.tail += first.lines
            first.kind = "carried"
            if len(texts) == 1:
                continue
        last = texts[-1]
        open_end = last if last.kind in _CARRIED and _is_open(last) else None


def _is_open(block: Block) -> bool:
    line = (block.tail or block.lines)[-1]
    return line.box.x1 > block.right - 3 * line.size and not _ENDS.search(line.text.rstrip())


def _is_rest(block: Block, first: Block) -> bool:
    if first.kind != "text" or first.page - block.page > 1:
        return False
    above, line = block.lines[-1], first.lines[0]
    if abs(above.size - line.size) > 0.5 or not line.text.strip():
        return False
    letter = line.text.strip()[0]
    return letter.islower() or letter.isdigit() or bool(_CUT.search(above.text.rstrip()))
