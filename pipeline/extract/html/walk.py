"""The walk over a page's tree: iterative, so that depth does not matter, and once, so that order is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.extract.builder import Builder, fold
from pipeline.extract.html.depth import limit_depth
from pipeline.extract.html.direction import language_code, stated_direction
from pipeline.extract.html.flags import BLOCK, BRACKETED, FIGURE, LEFT_OUT, LINK, QUOTED, REGION
from pipeline.extract.html.galleries import ReadCell
from pipeline.extract.html.handlers import BY_TAG, CAPTURED_BY_TAG, by_class, by_role
from pipeline.extract.html.marks import NO_MARKS, marks_of
from pipeline.extract.html.met import Met
from pipeline.extract.html.page import LINE, Page
from pipeline.extract.html.scope import Scope
from pipeline.extract.html.tags import BLOCKS, LANDMARKS, SKIPPED
from pipeline.extract.html.visibility import Attributes, is_boilerplate, is_hidden

#: Attributes that say more than how a node looks.
_TELLING = frozenset(
    {"hidden", "style", "role", "lang", "xml:lang", "dir", "id", "open", "data-bg", "data-background",
     "data-bg-src", "data-background-image", "data-bg-url", "aria-label"}
)  # fmt: skip
_AREAS = LANDMARKS | {"header", "footer"}
_MAX_NESTED_PAGES = 4
_MATH_COMMENT = "MATH"


class Walker:
    """Walks a tree and writes what it shows into a builder.

    Args:
        builder: where elements go.
        embedded: writers of foreign parts, called at `<looseleaf-part n="...">`.
        describing: ids of the nodes that label or describe pictures.
    """

    def __init__(
        self,
        builder: Builder,
        embedded: Sequence[Callable[[Builder], None]] = (),
        describing: frozenset[str] = frozenset(),
    ) -> None:
        self.builder = builder
        self.page = Page(builder)
        self.embedded = embedded
        #: Where the nodes that describe pictures stand: first position, and the one after the last.
        self.regions: dict[str, tuple[int, int]] = {}
        #: The TeX of the next formula, which latex2html writes into a comment before it.
        self.formula_source = ""
        #: Headings and captions met that hold half a page: they were not closed.
        self.unclosed = 0
        self._describing = describing
        self._open_regions: list[tuple[str, int]] = []
        #: The ids that the figures which are open name as their descriptions.
        self.open_figures: list[tuple[str, ...]] = []
        self._nested_pages = 0

    def walk(self, top: LexborNode, inside: bool = False) -> None:  # noqa: PLR0912 - the hot loop
        """Write everything below `top`, and `top` itself unless it is open already, in reading order."""
        page = self.page
        open_nodes: list[tuple[LexborNode, Scope, int]] = []
        node: LexborNode | None = top
        if inside:
            open_nodes.append((top, page.scope, 0))
            node = top.first_child
            if node is None:
                return
        while node is not None:
            # A processing instruction has no name; browsers take it for a comment.
            tag = node.tag or "-instruction"
            if tag == "-text":
                text = node.text_content
                if page.runs or not text.isspace():
                    page.runs.append(text)
                    if page.link is not None:
                        page.link_text(text)
            elif tag[0] == "-":
                if tag == "-comment":
                    self._comment(node)
            else:
                outer = page.scope
                flags = self._enter(node, tag)
                if flags >= 0:
                    child = node.first_child
                    if child is not None:
                        open_nodes.append((node, outer, flags))
                        node = child
                        continue
                    self._leave(outer, flags)
                elif page.scope is not outer:
                    self._leave(outer, 0)
            following = node.next if open_nodes else None
            while following is None and open_nodes:
                node, outer, flags = open_nodes.pop()
                if flags or page.scope is not outer:
                    self._leave(outer, flags)
                following = node.next if open_nodes else None
            node = following

    def capture(self, node: LexborNode) -> ReadCell:
        """Return what a heading, a caption or a cell says, as one line, with its pictures; write nothing."""
        child = node.first_child
        if child is None:
            return ReadCell("", ())
        if child.tag == "-text" and child.next is None:
            return ReadCell(fold(child.text_content), ())
        page = self.page
        runs, waiting, capturing = page.runs, page.waiting, page.capturing
        linked = page.linked, page.link_parts
        page.runs, page.waiting, page.capturing = [], [], True
        self.walk(node, inside=True)
        read = ReadCell(fold("".join(page.runs).replace(LINE, " ")), tuple(page.waiting))
        page.runs, page.waiting, page.capturing = runs, waiting, capturing
        page.linked, page.link_parts = linked
        return read

    def nested_page(self, html: str) -> None:
        """Write a page within the page: a frame's own document, or what hangs in a node's shadow."""
        if self._nested_pages >= _MAX_NESTED_PAGES:
            return
        self._nested_pages += 1
        tree = LexborHTMLParser(limit_depth(html))
        if tree.body is not None:
            self.walk(tree.body, inside=True)
        self._nested_pages -= 1

    def _enter(self, node: LexborNode, tag: str) -> int:  # noqa: PLR0912 - called for each node
        """Take in a node; returns the flags to leave it with, or `LEFT_OUT` to stay out of it."""
        page = self.page
        attributes: Attributes = node.attributes
        marks = NO_MARKS
        told = False
        if attributes:
            given = attributes.get("class")
            if given:
                marks = marks_of(given)
            told = not _TELLING.isdisjoint(attributes)
            if (told or marks.hidden) and is_hidden(tag, attributes, marks):
                return LEFT_OUT
        elif tag == "dialog":
            return LEFT_OUT
        flags = 0
        if tag in BLOCKS:
            flags = BLOCK
            if page.capturing:
                page.runs.append(" ")
            elif page.runs or page.waiting:
                page.flush()
        scope = page.scope
        if (
            not scope.boilerplate
            and (told or marks.boilerplate or tag in _AREAS)
            and is_boilerplate(tag, attributes, marks, scope.in_article)
        ):
            page.scope = scope._replace(boilerplate=True)
        if told:
            flags |= self._heed(attributes)
            handled = by_role(self, Met(node, attributes, marks, flags))
            if handled is not None:
                return handled
        handler = (CAPTURED_BY_TAG if page.capturing else BY_TAG).get(tag)
        if handler is None and tag in SKIPPED:
            return LEFT_OUT
        if handler is not None:
            flags = handler(self, Met(node, attributes, marks, flags))
        elif marks is not NO_MARKS and marks.special:
            flags = by_class(self, Met(node, attributes, marks, flags))
        return flags

    def state_language(self, attributes: Attributes) -> None:
        """Take in the language and the direction that a node states."""
        scope = self.page.scope
        language = scope.language
        if "lang" in attributes or "xml:lang" in attributes:
            language = language_code(attributes.get("lang") or attributes.get("xml:lang"))
        direction = stated_direction(attributes, language if language != scope.language else None)
        self._set_scope(scope._replace(language=language, direction=direction or scope.direction))

    def _heed(self, attributes: Attributes) -> int:
        """Take in the language and the direction that a node states, and whether it describes a picture."""
        page = self.page
        if "lang" in attributes or "dir" in attributes or "xml:lang" in attributes:
            self.state_language(attributes)
        identity = attributes.get("id")
        if identity and identity in self._describing and not page.capturing:
            self._open_regions.append((identity, len(self.builder)))
            return REGION
        return 0

    def _leave(self, outer: Scope, flags: int) -> None:
        page = self.page
        if flags & BLOCK:
            if page.capturing:
                page.runs.append(" ")
            elif page.runs or page.waiting:
                page.flush()
        if flags & FIGURE:
            described_by = self.open_figures.pop()
            first = self.builder.close_figure()
            if first is not None and described_by:
                page.described.append((first, described_by))
        if flags & LINK:
            page.link = None
        if flags & QUOTED:
            page.runs.append('"')
        if flags & BRACKETED:
            page.runs.append(")")
        if flags & REGION:
            identity, start = self._open_regions.pop()
            self.regions.setdefault(identity, (start, max(len(self.builder), start + 1)))
        if page.scope is not outer:
            self._set_scope(outer)

    def _set_scope(self, scope: Scope) -> None:
        self.page.scope = scope
        self.builder.stated_language = scope.language
        self.builder.direction = scope.direction if scope.direction != "auto" else None

    def _comment(self, node: LexborNode) -> None:
        text = node.comment_content or ""
        if text[:8].lstrip().startswith(_MATH_COMMENT):
            self.formula_source = text.partition(_MATH_COMMENT)[2].strip()
