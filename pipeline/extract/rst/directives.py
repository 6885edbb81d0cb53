"""Directives that keep what they hold: Sphinx's, and any that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

from pipeline.extract.names import names

#: Their content is a program or its output.
CODE = names(
    """code code-block sourcecode code-cell highlight-block doctest testcode testoutput testsetup
    prompt ipython
    jupyter-execute jupyter-input jupyter-output plot"""
)

#: They show nothing, or nothing that stands in the text itself.
SILENT = names(
    """toctree contents index highlight currentmodule py:currentmodule module py:module meta
    include literalinclude
    bibliography autosummary automodule minigallery nbgallery nblinkgallery inheritance-diagram uml
    plantuml graphviz
    digraph graph mermaid tags sectionauthor codeauthor tabularcolumns testcleanup default-domain program
    nbinput nboutput raw-html sphinx-gallery-tags youtube vimeo iframe video"""
)

#: They document an object: the argument is its signature.
_SIGNATURES = re.compile(
    r"^(?:(?:py|c|cpp|js|rst|std):.+|auto.+|method|classmethod|staticmethod|function|attribute|property|exception|"
    r"data|decorator|option|envvar|describe|object|confval)$"
)

#: They say something even without content.
TALKING = frozenset(
    {"seealso", "todo", "deprecated", "versionadded", "versionchanged", "versionremoved", "centered"}
)
_BUTTON = re.compile(r"^button-")
_SEPARATOR = re.compile(r"^\s*(?:\^{3,}|\+{3,})\s*$")
_WORD = re.compile(r"[^\W\d_]{2}")


class _AnyOption(dict[str, Callable[[str | None], str]]):
    """An option table in which every option is legal."""

    def __missing__(self, name: str) -> Callable[[str | None], str]:
        return _as_text


def _as_text(value: str | None) -> str:
    return (value or "").strip()


class Fallback(Directive):  # type: ignore[misc]
    """Takes any argument, option and content, and keeps the content as part of the document."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = _AnyOption({"class": _as_text})

    def run(self) -> list[nodes.Node]:
        """Return a container of the title, the card's image and the parsed content."""
        box = nodes.container(classes=self.options.get("class", "").split())
        image = self._card_image()
        top = image if "img-bottom" not in self.options else None
        if top is not None:
            box += top
        argument = self.arguments[0] if self.arguments else ""
        said = self.content or self.name in TALKING
        if said and _WORD.search(argument) and not _BUTTON.match(self.name):
            inline, _ = self.state.inline_text(argument, self.lineno)
            box += nodes.paragraph("", "", *inline)
        self.parse_into(box)
        if image is not None and top is None:
            box += image
        return [box]

    def parse_into(self, node: nodes.Element) -> None:
        """Parse the content as the body of `node`; the lines that part a card end a paragraph."""
        content = StringList(["" if _SEPARATOR.match(line) else line for line in self.content], "document")
        self.state.nested_parse(content, self.content_offset, node, match_titles=True)

    def _card_image(self) -> nodes.image | None:
        for option in ("img-top", "img-background", "img-bottom"):
            if self.options.get(option):
                return nodes.image(uri=self.options[option], alt=self.options.get("img-alt", ""))
        return None


class Code(Fallback):
    """A program or its output."""

    def run(self) -> list[nodes.Node]:
        """Return the content as it stands."""
        text = "\n".join(self.content)
        return [nodes.literal_block(text, text)] if text.strip() else []


class Silent(Fallback):
    """Shows nothing."""

    def run(self) -> list[nodes.Node]:
        """Return nothing."""
        return []


class Signature(Fallback):
    """An object's documentation."""

    def run(self) -> list[nodes.Node]:
        """Return the signature as code, then the content."""
        box = nodes.container()
        if self.arguments:
            box += nodes.literal_block(self.arguments[0], self.arguments[0])
        self.parse_into(box)
        return [box]


class Only(Fallback):
    """Content for some kinds of output."""

    def run(self) -> list[nodes.Node]:
        """Return the content unless it is not for pages."""
        condition = self.arguments[0].lower() if self.arguments else ""
        if "html" not in condition and re.search(r"latex|pdf|epub|man\b|text", condition):
            return []
        box = nodes.container()
        self.parse_into(box)
        return [box]


class Image(Fallback):
    """A picture, whatever its options say."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Return the image."""
        return [self.image()] if self.arguments else []

    def image(self) -> nodes.image:
        """Return the image node; the reference may be broken over lines."""
        uri = "".join(self.arguments[0].split("\n")).strip()
        classes = self.options.get("class", "").split()
        return nodes.image(uri=uri, alt=self.options.get("alt", ""), classes=classes)


class Figure(Image):
    """A picture, its caption (the first paragraph) and its legend."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        if not self.arguments:
            return []
        classes = f"{self.options.get('figclass', '')} {self.options.get('class', '')}".split()
        figure = nodes.figure(classes=classes)
        figure += self.image()
        body = nodes.container()
        self.parse_into(body)
        children = list(body.children)
        body.children = []
        if children and isinstance(children[0], nodes.paragraph):
            first = children.pop(0)
            figure += nodes.caption("", "", *first.children)
        figure += children
        return [figure]


class Raw(Fallback):
    """A part in another language; only HTML is read, as a piece of a page, and no file or URL is opened."""

    def run(self) -> list[nodes.Node]:
        """Return the part."""
        text = "\n".join(self.content)
        formats = self.arguments[0].lower() if self.arguments else ""
        return [nodes.raw(text, text, format=formats)] if text.strip() else []


class Math(Fallback):
    """Formulas."""

    def run(self) -> list[nodes.Node]:
        """Return the formulas as one block."""
        text = "\n".join([*self.arguments, *self.content]).strip()
        return [nodes.math_block(text, text)] if text else []


def directive_for(name: str) -> type[Fallback]:
    """Return the directive that stands for an unknown one of the given name."""
    if name in CODE:
        return Code
    if name in SILENT:
        return Silent
    return Signature if _SIGNATURES.match(name) else Fallback


#: docutils' own directives that refuse too much, print, or open files.
OVERRIDES: dict[str, type[Fallback]] = {
    "image": Image,
    "figure": Figure,
    "raw": Raw,
    "include": Silent,
    "contents": Silent,
    "sectnum": Silent,
    "meta": Silent,
    "only": Only,
    "code": Code,
    "code-block": Code,
    "sourcecode": Code,
    "math": Math,
}
