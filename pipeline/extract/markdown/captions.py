"""Captions in Markdown, which has no word for them.

A paragraph of nothing but an image has a caption where one is plainly meant: a line in emphasis
right under it, in
the same paragraph or the next; a next paragraph that begins with "Figure 3:" or the like; or the
image's own title.
"""

from __future__ import annotations

import html
import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_NUMBERED = re.compile(
    r"^(?:Figure|Fig\.?|Image|Abbildung|Abb\.)\s*[A-Z]?\d+(?:[.-]\d+)*\s*[:.–—-]", re.IGNORECASE
)
_BREAKS = frozenset({"softbreak", "hardbreak"})


def bind_captions(state: StateCore) -> None:
    """Turn image paragraphs that have a caption into figures, within the token stream."""
    tokens = state.tokens
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        if not _is_paragraph(tokens, at):
            result.append(tokens[at])
            at += 1
            continue
        children = tokens[at + 1].children or []
        image, rest = _leading_image(children)
        following = at + 3
        if image and not rest and _is_paragraph(tokens, following) and _is_caption(tokens[following + 1]):
            result += _figure(image, tokens[following + 1].children or [])
            at = following + 3
        elif image and rest and rest[0].type in _BREAKS and _is_emphasis(rest[1:]):
            result += _figure(image, rest[1:])
            at += 3
        elif image and not rest and (title := _title(image)):
            text = Token("text", "", 0, content=title)
            result += _figure(image, [text])
            at += 3
        else:
            result += tokens[at : at + 3]
            at += 3
    state.tokens = result


def _is_paragraph(tokens: list[Token], at: int) -> bool:
    return (
        at + 2 < len(tokens)
        and tokens[at].type == "paragraph_open"
        and tokens[at + 1].type == "inline"
        and tokens[at + 2].type == "paragraph_close"
    )


def _leading_image(children: list[Token]) -> tuple[list[Token], list[Token]]:
    """Return the image (with the link around it) that begins a paragraph, and what follows it."""
    if children and children[0].type == "image":
        return children[:1], children[1:]
    if [child.type for child in children[:3]] == ["link_open", "image", "link_close"]:
        return children[:3], children[3:]
    return [], children


def _is_caption(inline: Token) -> bool:
    children = inline.children or []
    if any(child.type == "image" for child in children):
        return False
    return _is_emphasis(children) or bool(_NUMBERED.match(inline.content))


def _is_emphasis(children: list[Token]) -> bool:
    """Tell whether one emphasis spans everything."""
    if len(children) < 3 or children[0].type not in {"em_open", "strong_open"}:
        return False
    if any(child.type == "image" for child in children):
        return False
    depth = 0
    for index, child in enumerate(children):
        depth += child.nesting
        if depth == 0 and index < len(children) - 1:
            return False
    return True


def _title(image: list[Token]) -> str:
    return next((str(token.attrs.get("title", "")).strip() for token in image if token.type == "image"), "")


def _figure(image: list[Token], caption: list[Token]) -> list[Token]:
    return [
        _html("<figure>"),
        _inline(image),
        _html("<figcaption>"),
        _inline(caption),
        _html("</figcaption></figure>\n"),
    ]


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _inline(children: list[Token]) -> Token:
    content = html.unescape("".join(child.content for child in children))
    return Token("inline", "", 0, content=content, children=children)
