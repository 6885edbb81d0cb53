"""Tables as Markdown text."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(rows: Sequence[Sequence[str]], header: bool = True) -> str:
    """Return rows of cells as a Markdown table; rows are filled up to the longest one.

    Args:
        rows: cells, without line breaks.
        header: whether the first row is the head; an empty head is written otherwise.
    """
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return ""
    width = max(len(row) for row in filled)
    head, body = (filled[0], filled[1:]) if header else ([""] * width, filled)
    lines = [_line(head, width), "|" + " --- |" * width]
    lines += [_line(row, width) for row in body]
    return "\n".join(lines)


def _line(row: Sequence[str], width: int) -> str:
    cells = [cell.replace("|", "\\|").replace("\n", " ").strip() for cell in row]
    return "| " + " | ".join(cells + [""] * (width - len(cells))) + " |"
