"""Markdown to HTML that says what Markdown means."""

# ruff: noqa: ARG001 - the parser calls every rule with the same arguments

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from pipeline.extract.builder import Builder
from pipeline.extract.markdown.captions import bind_captions
from pipeline.extract.markdown.directives import Directive, parse_directive, render_directive
from pipeline.extract.roles import role_text
from pipeline.extract.rst import add_rst

#: A label for references, which shows nothing.
_TARGET = re.compile(r"^\([\w .:-]+\)=[ \t]*$", re.MULTILINE)
#: Directives within directives, deeper than any page has them.
MAX_NESTING = 16
_SNIFFED = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"))


@dataclass
class Rendered:
    """The HTML of a text, the writers of its foreign parts, and its front matter."""

    html: str = ""
    parts: list[Callable[[Builder], None]] = field(default_factory=list)
    front_matter: str = ""


def render(text: str, attachments: Mapping[str, bytes]) -> Rendered:
    """Return `text` as HTML.

    Args:
        text: Markdown.
        attachments: images by the name after `attachment:`.
    """
    rendered = Rendered()
    environment = {"rendered": rendered, "attachments": attachments, "nesting": 0}
    rendered.html = _parser().render(_TARGET.sub("", text), environment)
    return rendered


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for plugin in (front_matter_plugin, deflist_plugin, colon_fence_plugin, myst_role_plugin, amsmath_plugin):
        parser.use(plugin)
    parser.use(dollarmath_plugin, double_inline=True, allow_digits=False)
    parser.core.ruler.push("captions", bind_captions)
    parser.add_render_rule("front_matter", _front_matter)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("colon_fence", _fence)
    parser.add_render_rule("math_inline", _math_inline)
    parser.add_render_rule("math_inline_double", _math_inline)
    parser.add_render_rule("math_block", _math_block)
    parser.add_render_rule("math_block_label", _math_block)
    parser.add_render_rule("amsmath", _math_block)
    parser.add_render_rule("myst_role", _role)
    parser.add_render_rule("image", _image)
    return parser


Environment = MutableMapping[str, Any]


def _front_matter(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: Environment
) -> str:
    env["rendered"].front_matter = tokens[index].content
    return ""


def _fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: Environment) -> str:
    token = tokens[index]
    directive = parse_directive(token.info, token.content)
    if directive is None:
        if token.type == "colon_fence":
            return f"<div>{_nested(token.content, env)}</div>"
        return f"<pre><code>{html.escape(token.content)}</code></pre>\n"
    if directive.name == "eval-rst":
        return _foreign(directive, env)
    return render_directive(directive, lambda text: _nested(text, env))


def _foreign(directive: Directive, env: Environment) -> str:
    parts = env["rendered"].parts
    parts.append(lambda builder: add_rst(builder, directive.body))
    return f'<looseleaf-part n="{len(parts) - 1}"></looseleaf-part>\n'


def _nested(text: str, env: Environment) -> str:
    if env["nesting"] >= MAX_NESTING:
        return f"<pre>{html.escape(text)}</pre>"
    env["nesting"] += 1
    inner = _parser().render(text, env)
    env["nesting"] -= 1
    return str(inner)


def _math_inline(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: Environment
) -> str:
    return f"${html.escape(tokens[index].content)}$"


def _math_block(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: Environment
) -> str:
    return f'<div class="math">{html.escape(tokens[index].content)}</div>\n'


def _role(self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: Environment) -> str:
    token = tokens[index]
    name = str(token.meta.get("name", ""))
    if name == "math":
        return f"${html.escape(token.content)}$"
    return html.escape(role_text(name, token.content))


def _image(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    token = tokens[index]
    source = str(token.attrs.get("src", ""))
    if source.startswith("attachment:"):
        data = env["attachments"].get(source[len("attachment:") :])
        if data is not None:
            token.attrs["src"] = _data_url(data)
    return str(self.image(tokens, index, options, env))


def _data_url(data: bytes) -> str:
    kind = next((kind for magic, kind in _SNIFFED if data.startswith(magic)), "image/svg+xml")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
