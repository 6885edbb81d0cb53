"""Pictures, in each of the ways that pages place them, and pages within pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from pipeline.extract.builder import fold
from pipeline.extract.html.backgrounds import background_of
from pipeline.extract.html.flags import LEFT_OUT
from pipeline.extract.html.formula_pictures import formula_picture
from pipeline.extract.html.math import bare_tex
from pipeline.extract.html.met import Met
from pipeline.extract.html.pictures import (
    Picture,
    picture_of_foreign,
    picture_of_image,
    picture_of_references,
    pictures_of_drawing,
)
from pipeline.extract.html.sizes import is_icon
from pipeline.extract.html.visibility import Attributes

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker

#: latex2html shortens long alternative texts so.
_SHORTENED = "..."


def image(walker: Walker, met: Met) -> int:
    """An `<img>`: a picture, or the picture of a formula."""
    page = walker.page
    source = met.attributes.get("src") or ""
    formula = formula_picture(met.attributes, met.marks, source)
    picture = picture_of_image(met.node, met.attributes, page.builder.base_url, page.link)
    if formula is None:
        if picture is not None:
            page.picture(picture, within_sentence=is_icon(met.attributes))
        return LEFT_OUT
    tex = formula.tex
    if walker.formula_source:
        tex, walker.formula_source = (_whole(tex, walker.formula_source), "")
    candidates = picture.candidates if picture is not None else ()
    if tex:
        # Within a line the TeX says what the picture shows: it gets no element of its own.
        page.formula(tex, formula.display, candidates)
    elif candidates:
        page.picture(Picture(candidates, formula=""), within_sentence=True)
    return LEFT_OUT


def image_button(walker: Walker, met: Met) -> int:
    """An `<input type=image>`; what other controls hold is a value, no text."""
    if (met.attributes.get("type") or "").lower() == "image":
        picture = picture_of_image(met.node, met.attributes, walker.builder.base_url)
        if picture is not None:
            walker.page.picture(picture, within_sentence=is_icon(met.attributes))
    return LEFT_OUT


def drawing(walker: Walker, met: Met) -> int:
    """An inline `<svg>`; icons and decorations are left out, by their size."""
    for picture in pictures_of_drawing(met.node, met.attributes, met.marks, walker.builder.base_url):
        walker.page.picture(picture)
    return LEFT_OUT


def noscript(walker: Walker, met: Met) -> int:
    """What stands for pictures that a script would load; its words are shown only where no script runs."""
    for inner in met.node.css("img"):
        picture = picture_of_image(inner, inner.attributes, walker.builder.base_url, walker.page.link)
        if picture is not None:
            walker.page.picture(picture._replace(is_fallback=True))
    return LEFT_OUT


def foreign(walker: Walker, met: Met) -> int:
    """A film by its poster, an `<object>` or `<embed>` that is an image; other objects by their inside."""
    tag = met.node.tag or ""
    picture = picture_of_foreign(met.node, tag, met.attributes, walker.builder.base_url)
    if picture is not None:
        walker.page.picture(picture)
    return met.flags if picture is None and tag == "object" else LEFT_OUT


def background(walker: Walker, node: LexborNode, attributes: Attributes) -> None:
    """A background image in the node's style, where it is content."""
    reference = background_of(node, attributes)
    if reference is not None:
        picture = picture_of_references([reference], attributes, walker.builder.base_url)
        if picture is not None:
            walker.page.picture(picture, within_sentence=is_icon(attributes))


def shadow(walker: Walker, met: Met) -> int:
    """What a `<template>` hangs in its parent's shadow is shown; any other template waits for a script."""
    if "shadowrootmode" in met.attributes:
        walker.nested_page((met.node.html or "").partition(">")[2].removesuffix("</template>"))
    return LEFT_OUT


def frame(walker: Walker, met: Met) -> int:
    """A frame with its document in itself; one by URL is another document."""
    written = met.attributes.get("srcdoc")
    if written:
        walker.page.flush()
        walker.nested_page(written)
        walker.page.flush()
    return LEFT_OUT


def _whole(tex: str, source: str) -> str:
    """The TeX of a shortened alternative text, from the comment before the picture."""
    return fold(bare_tex(source)) if _SHORTENED in tex else tex
