"""Blocks to elements."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract.builder import Builder
from pipeline.extract.pdf.blocks import Block
from pipeline.extract.pdf.joining import Vocabulary, block_text
from pipeline.extract.tables import markdown_table


def write_blocks(
    builder: Builder, blocks: Sequence[Block], captions: dict[int, Block], vocabulary: Vocabulary
) -> None:
    """Add blocks to a document, each figure as one: its pictures, and its caption where it is printed.

    Args:
        builder: the document.
        blocks: all blocks in reading order.
        captions: the caption of each picture that has one, by the `id` of the picture's block.
        vocabulary: the document's words.
    """
    figures: dict[int, list[Block]] = {}
    for block in blocks:
        if id(block) in captions:
            figures.setdefault(id(captions[id(block)]), []).append(block)
    parts = {id(part): caption for caption, own in figures.items() for part in own}
    done: set[int] = set()
    for block in blocks:
        if id(block) in done:
            continue
        caption = id(block) if id(block) in figures else parts.get(id(block))
        if caption is None:
            _write(builder, block, vocabulary)
            continue
        pictures = figures[caption]
        text = captions[id(pictures[0])]
        builder.open_figure()
        for member in [text, *pictures] if block is text else [*pictures, text]:
            done.add(id(member))
            _write(builder, member, vocabulary)
        builder.close_figure()


def _write(builder: Builder, block: Block, vocabulary: Vocabulary) -> None:
    builder.page = block.page
    if block.kind == "carried":
        return
    furniture = block.kind == "furniture"
    if block.image is not None:
        if block.image.data is not None:
            builder.inline_image(block.image.data, block.image.words, furniture)
        else:
            builder.leave_out(
                "undecodable_image", f"A picture on page {block.page} cannot be decoded or is too large."
            )
        return
    if block.table is not None:
        cells = [[vocabulary.text(cell.splitlines()) for cell in row] for row in block.table.cells]
        builder.add("table", markdown_table(cells), cells=cells)
        return
    text = block_text(block, vocabulary)
    if block.kind == "heading":
        builder.heading(min(block.level or 1, 6), text)
    elif block.kind == "caption":
        builder.caption(text)
    elif block.kind == "contents":
        builder.add("list_item", text, level=1, boilerplate=True)
    elif furniture:
        builder.add("text", text, boilerplate=True)
    else:
        builder.add(block.kind, text, level=block.level)
