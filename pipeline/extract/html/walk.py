"""The walk over a page's tree: iterative, so that depth does not matter, and once, so that order is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from selectolax.lexbor import LexborNode

from pipeline.extract.builder import Builder, fold
from pipeline.extract.html.code import plain_text, preformatted_text
from pipeline.extract.html.images import (
    Attributes,
    image_candidates,
    is_icon,
    is_tracker,
    linked_image,
    rank,
)
from pipeline.extract.html.inline import formula_of, inline_text
from pipeline.extract.html.math import bare_tex, is_display, mathml_text
from pipeline.extract.html.scope import Scope
from pipeline.extract.html.tables import read_table
from pipeline.extract.html.tags import BLOCKS, CAPTION_NAMES, CODE_NAMES, FIGURE_NAMES, HEADINGS, SKIPPED
from pipeline.extract.html.visibility import class_names, is_boilerplate, is_hidden
from pipeline.extract.urls import is_placeholder

_LINE = "\n"
_PREFORMATTED = frozenset({"pre", "listing", "xmp", "plaintext"})
_LISTS = frozenset({"ul", "ol", "dir", "menu"})


class Walker:
    """Walks a tree and writes what it shows into a builder.

    Args:
        builder: where elements go.
        embedded: writers of foreign parts, called at `<looseleaf-part n="...">`.
    """

    def __init__(self, builder: Builder, embedded: Sequence[Callable[[Builder], None]] = ()) -> None:
        self.builder = builder
        self.link_density: dict[int, float] = {}
        self._embedded = embedded
        self._scope = Scope()
        self._runs: list[str] = []
        self._linked = 0
        self._icons: list[LexborNode] = []

    def walk(self, top: LexborNode) -> None:
        """Write everything below `top`, and `top` itself, in reading order."""
        open_nodes: list[tuple[LexborNode, Scope, bool, bool]] = []
        node: LexborNode | None = top
        while node is not None:
            outer = self._scope
            descend, block = self._enter(node)
            child = node.first_child if descend else None
            opened = self._scope.figures > outer.figures
            if child is not None:
                open_nodes.append((node, outer, block, opened))
                node = child
                continue
            self._leave(outer, block, opened)
            following = node.next if open_nodes else None
            while following is None and open_nodes:
                node, outer, block, opened = open_nodes.pop()
                self._leave(outer, block, opened)
                following = node.next if open_nodes else None
            node = following

    def _leave(self, outer: Scope, block: bool, opened: bool) -> None:
        if block:
            self._flush()
        if opened:
            self.builder.close_figure()
        self._scope = outer

    def _enter(self, node: LexborNode) -> tuple[bool, bool]:
        """Take in a node; returns whether to go into it, and whether it is a block of its own."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return False, False
        if tag.startswith("-") or tag in SKIPPED:
            if tag == "script":
                self._script(node)
            elif tag == "input" and node.attributes.get("type") == "image":
                self._image(node)
            return False, False
        attributes: Attributes = node.attributes
        names = class_names(attributes) if attributes else frozenset()
        if is_hidden(tag, attributes, names):
            return False, False
        block = tag in BLOCKS
        if block:
            self._flush()
        if not self._scope.boilerplate and is_boilerplate(tag, attributes, names, self._scope.in_article):
            self._scope = replace(self._scope, boilerplate=True)
        return self._dispatch(node, tag, names, block)

    def _dispatch(  # noqa: PLR0912 - one branch for each kind of node
        self, node: LexborNode, tag: str, names: frozenset[str], block: bool
    ) -> tuple[bool, bool]:
        handled = True
        if tag in HEADINGS:
            self._heading(node, HEADINGS[tag])
        elif tag == "img":
            self._image(node)
        elif tag in _PREFORMATTED or (block and names & CODE_NAMES):
            self.builder.add("code", preformatted_text(node), boilerplate=self._scope.boilerplate)
        elif tag == "table":
            handled = self._table(node)
        elif tag == "figcaption" or (names & CAPTION_NAMES and self._scope.figures):
            self._flush()
            self._caption(node)
        elif tag == "math":
            self._formula(mathml_text(node), is_display(node))
        elif block and "math" in names:
            self._formula(bare_tex(plain_text(node)), display=True)
        elif tag == "svg":
            self._svg(node)
        elif tag == "noscript":
            self._noscript(node)
        elif tag in {"video", "object", "embed"}:
            self._foreign(node, tag)
        elif tag == "looseleaf-part":
            self._part(node)
        elif tag == "br":
            self._runs.append(_LINE)
        else:
            handled = False
            self._open(tag, names)
        return not handled, block

    def _open(self, tag: str, names: frozenset[str]) -> None:
        scope = self._scope
        if tag in _LISTS:
            self._scope = replace(scope, lists=scope.lists + 1)
        elif tag == "li":
            self._scope = replace(scope, kind="list_item", level=max(scope.lists, 1))
        elif tag in {"dt", "dd"}:
            self._scope = replace(
                scope, kind="code" if tag == "dt" and "sig" in names else "text", level=None
            )
        elif tag == "blockquote":
            self._scope = replace(scope, kind="quote", level=None)
        elif tag in {"main", "article", "section"}:
            self._scope = replace(scope, in_article=True)
        elif tag == "button":
            self._scope = replace(scope, boilerplate=True)
        elif tag == "a":
            self._scope = replace(scope, in_link=True)
        elif tag == "q":
            self._text('"')
        elif tag == "figure" or (tag in {"div", "dl", "span"} and names & FIGURE_NAMES):
            self._flush()
            self.builder.open_figure()
            self._scope = replace(scope, figures=scope.figures + 1)

    def _text(self, text: str) -> None:
        # A line break within the source is white space; only <br> ends a line.
        self._runs.append(text.replace("\n", " "))
        if self._scope.in_link:
            self._linked += len(text.strip())

    def _flush(self) -> None:
        runs, linked, icons = self._runs, self._linked, self._icons
        self._runs, self._linked, self._icons = [], 0, []
        for paragraph in _paragraphs(runs):
            position = self.builder.add(
                self._scope.kind, paragraph, level=self._scope.level, boilerplate=self._scope.boilerplate
            )
            if position is not None and linked:
                self.link_density[position] = min(linked / len(fold(paragraph)), 1.0)
        for icon in icons:
            self._emit_image(icon)

    def _heading(self, node: LexborNode, level: int) -> None:
        found = inline_text(node)
        self.builder.heading(level, found.text, boilerplate=self._scope.boilerplate)
        for image in found.images:
            self._emit_image(image)

    def _caption(self, node: LexborNode) -> None:
        found = inline_text(node)
        for image in found.images:
            self._emit_image(image)
        self.builder.caption(found.text, boilerplate=self._scope.boilerplate)

    def _table(self, node: LexborNode) -> bool:
        table = read_table(node)
        if table is None:
            return False
        self.builder.add("text", table.caption, boilerplate=self._scope.boilerplate)
        self.builder.add("table", table.text, boilerplate=self._scope.boilerplate)
        for image in table.images:
            self._emit_image(image)
        return True

    def _formula(self, tex: str, display: bool) -> None:
        if not tex:
            return
        if display:
            self._flush()
            self.builder.add("math", tex, boilerplate=self._scope.boilerplate)
        else:
            self._runs.append(f"${tex}$")

    def _script(self, node: LexborNode) -> None:
        if (node.attributes.get("type") or "").startswith("math/tex"):
            self._formula(bare_tex(plain_text(node)), is_display(node))

    def _image(self, node: LexborNode) -> None:
        formula = formula_of(node)
        if formula:
            self._formula(formula, display="formulaDsp" in class_names(node.attributes))
        elif is_icon(node.attributes) and "".join(self._runs).strip():
            # An icon within a sentence does not end it.
            self._icons.append(node)
        else:
            self._flush()
            self._emit_image(node)

    def _emit_image(self, node: LexborNode) -> None:
        if node.tag == "svg":
            self._emit_svg(node)
            return
        attributes: Attributes = node.attributes
        if is_tracker(attributes) or is_hidden("img", attributes, class_names(attributes)):
            return
        base = self.builder.base_url
        candidates = image_candidates(node, base)
        linked = linked_image(node, base)
        if linked and candidates:
            candidates = [*candidates, linked]
        alt = attributes.get("alt") or attributes.get("aria-label") or attributes.get("title")
        self.builder.image(candidates, alt, boilerplate=self._scope.boilerplate)

    def _svg(self, node: LexborNode) -> None:
        self._flush()
        self._emit_svg(node)

    def _emit_svg(self, node: LexborNode) -> None:
        title = node.css_first("title")
        alt = node.attributes.get("aria-label") or (plain_text(title) if title is not None else None)
        data = (node.html or "").encode()
        self.builder.inline_image(data, alt, boilerplate=self._scope.boilerplate)

    def _noscript(self, node: LexborNode) -> None:
        """What stands for a picture that a script would load: it joins the placeholder before it."""
        for image in node.css("img"):
            candidates = image_candidates(image, self.builder.base_url)
            if not candidates or is_tracker(image.attributes):
                continue
            self._flush()
            last = self.builder.last_image()
            if last is not None and (
                set(candidates) & set(last.image_candidates) or is_placeholder(last.image_url or "")
            ):
                self.builder.add_candidates(last.position, candidates)
            else:
                self._emit_image(image)

    def _foreign(self, node: LexborNode, tag: str) -> None:
        attributes: Attributes = node.attributes
        reference = attributes.get({"video": "poster", "object": "data", "embed": "src"}[tag])
        is_picture = tag == "video" or (attributes.get("type") or "").startswith("image/")
        if reference and is_picture:
            self._flush()
            inner = [
                url for image in node.css("img") for url in image_candidates(image, self.builder.base_url)
            ]
            urls = [*rank([reference], self.builder.base_url), *inner]
            alt = attributes.get("aria-label") or attributes.get("title")
            self.builder.image(urls, alt, boilerplate=self._scope.boilerplate)

    def _part(self, node: LexborNode) -> None:
        number = node.attributes.get("n") or ""
        if number.isascii() and number.isdigit() and int(number) < len(self._embedded):
            self._flush()
            self._embedded[int(number)](self.builder)


def _paragraphs(runs: list[str]) -> list[str]:
    """Return text runs as paragraphs: two `<br>` in a row end one, a single one is a space."""
    if _LINE not in runs:
        text = "".join(runs)
        return [text] if text and not text.isspace() else []
    lines = "".join(runs).split(_LINE)
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [" ".join(paragraph) for paragraph in paragraphs if paragraph]
