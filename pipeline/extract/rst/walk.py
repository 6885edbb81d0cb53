"""The walk over a document tree of docutils."""

from __future__ import annotations

from docutils import nodes

from pipeline.extract.builder import Builder
from pipeline.extract.html import add_html
from pipeline.extract.rst.inline import inline_content
from pipeline.extract.tables import markdown_table
from pipeline.extract.urls import join_url

_SILENT = (
    nodes.comment,
    nodes.substitution_definition,
    nodes.pending,
    nodes.meta,
    nodes.transition,
    nodes.label,
    nodes.target,
    nodes.decoration,
    nodes.docinfo,
)
_TWINS = frozenset({"only-dark", "dark-only", "hidden"})
_MAX_HEADING = 6


class Walker:
    """Writes a document tree into a builder.

    Args:
        builder: where elements go.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._sections = 0
        self._lists = 0
        self._kind = "text"

    def document(self, document: nodes.document) -> None:
        """Write the whole tree."""
        children = list(document.children)
        # Fields before anything else (":orphan:") speak to the program that renders the document.
        leading = next((child for child in children if not isinstance(child, _SILENT)), None)
        for child in children:
            if not (child is leading and isinstance(child, nodes.field_list)):
                self._visit(child)

    def _children(self, node: nodes.Element) -> None:
        for child in node.children:
            self._visit(child)

    def _visit(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Text):
            self._builder.add(self._kind, node.astext())
            return
        if isinstance(node, _SILENT) or not isinstance(node, nodes.Element):
            return
        if _TWINS & set(node.get("classes", ())):
            return
        if isinstance(node, nodes.section):
            self._section(node)
        elif isinstance(node, nodes.rubric):
            self._builder.heading(min(self._sections + 1, _MAX_HEADING), inline_content(node).text)
        elif isinstance(node, nodes.image):
            self._image(node)
        elif isinstance(node, nodes.figure):
            self._figure(node)
        elif isinstance(node, nodes.table):
            self._table(node)
        elif isinstance(node, nodes.bullet_list | nodes.enumerated_list):
            self._list(node)
        elif isinstance(node, nodes.block_quote):
            self._quote(node)
        elif isinstance(node, nodes.system_message):
            self._lost(node)
        else:
            self._leaf(node)

    def _leaf(self, node: nodes.Element) -> None:
        if isinstance(node, nodes.math_block):
            self._builder.add("math", node.astext())
        elif isinstance(node, nodes.raw):
            if "html" in node.get("format", ""):
                add_html(self._builder, node.astext())
        elif isinstance(node, nodes.line_block):
            self._lines(node)
        elif isinstance(node, nodes.literal_block | nodes.doctest_block):
            self._builder.add("code", node.astext())
        elif isinstance(node, nodes.field):
            self._builder.add(self._kind, ": ".join(child.astext() for child in node.children))
        elif isinstance(node, nodes.option_list_item):
            self._builder.add("list_item", " ".join(child.astext() for child in node.children), level=1)
        elif isinstance(node, nodes.TextElement):
            self._paragraph(node)
        else:
            self._children(node)

    def _section(self, node: nodes.section) -> None:
        self._sections += 1
        for child in node.children:
            if isinstance(child, nodes.title):
                found = inline_content(child)
                self._builder.heading(min(self._sections, _MAX_HEADING), found.text)
                for image in found.images:
                    self._image(image)
            else:
                self._visit(child)
        self._sections -= 1

    def _paragraph(self, node: nodes.Element) -> None:
        found = inline_content(node)
        level = self._lists if self._kind == "list_item" else None
        self._builder.add(self._kind, found.text, level=level)
        # An image of a paragraph is a substitution within a sentence: it does not end it.
        for image in found.images:
            self._image(image)

    def _lines(self, node: nodes.Element) -> None:
        lines = [inline_content(line).text for line in node.findall(nodes.line)]
        self._builder.add(self._kind, " ".join(lines))
        for image in node.findall(nodes.image):
            self._image(image)

    def _list(self, node: nodes.Element) -> None:
        outer = self._kind
        self._kind = "list_item"
        self._lists += 1
        self._children(node)
        self._lists -= 1
        self._kind = outer

    def _quote(self, node: nodes.Element) -> None:
        # Text that is merely indented is a block quote to docutils; a real one names who said it.
        outer = self._kind
        if any(isinstance(child, nodes.attribution) for child in node.children):
            self._kind = "quote"
        self._children(node)
        self._kind = outer

    def _figure(self, node: nodes.figure) -> None:
        self._builder.open_figure()
        for child in node.children:
            if isinstance(child, nodes.caption):
                self._builder.caption(inline_content(child).text)
            else:
                self._visit(child)
        self._builder.close_figure()

    def _image(self, node: nodes.image) -> None:
        if _TWINS & set(node.get("classes", ())):
            return
        url = join_url(self._builder.base_url, node.get("uri", ""))
        if url:
            self._builder.image([url], node.get("alt") or None)

    def _table(self, node: nodes.table) -> None:
        rows: list[list[str]] = []
        images: list[nodes.image] = []
        for child in node.children:
            if isinstance(child, nodes.title):
                self._builder.add("text", child.astext())
        for row in node.findall(nodes.row):
            cells: list[str] = []
            for entry in row.findall(nodes.entry):
                found = inline_content(entry)
                cells += [found.text, *[""] * int(entry.get("morecols", 0))]
                images += found.images
            rows.append(cells)
        has_head = any(True for _ in node.findall(nodes.thead))
        self._builder.add("table", markdown_table(rows, header=has_head))
        for image in images:
            self._image(image)

    def _lost(self, node: nodes.system_message) -> None:
        """Keep the text that docutils could not read: it stands in the message as a literal block."""
        for block in node.findall(nodes.literal_block):
            self._builder.add("code", block.astext())
