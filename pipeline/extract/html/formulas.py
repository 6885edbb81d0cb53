"""Formulas, in each of the ways that pages write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.extract.html.code import plain_text
from pipeline.extract.html.flags import BLOCK, LEFT_OUT
from pipeline.extract.html.math import bare_tex, drawn_text, is_display, mathml_text
from pipeline.extract.html.met import Met

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker


def mathml(walker: Walker, met: Met) -> int:
    """A `<math>` element."""
    walker.page.formula(mathml_text(met.node), is_display(met.node))
    return LEFT_OUT


def script(walker: Walker, met: Met) -> int:
    """TeX in a `<script>` (MathJax 2); any other script is code that nobody sees."""
    if (met.attributes.get("type") or "").startswith("math/tex"):
        walker.page.formula(bare_tex(plain_text(met.node)), is_display(met.node))
    return LEFT_OUT


def tex(walker: Walker, met: Met) -> int:
    """TeX in a box of class `math` (Sphinx, pandoc); within a line only if it is delimited."""
    text = plain_text(met.node)
    bare = bare_tex(text)
    if met.flags & BLOCK or bare != text.strip():
        walker.page.formula(bare, display=bool(met.flags & BLOCK))
        return LEFT_OUT
    return met.flags


def katex(walker: Walker, met: Met) -> int:
    """What KaTeX drew: the MathML beside the drawing, or the drawing's text where there is none."""
    beside = met.node.first_child
    formula = beside.first_child if beside is not None else None
    if formula is None or formula.tag != "math":
        return met.flags
    walker.page.formula(mathml_text(formula), is_display(formula) or is_display(met.node))
    return LEFT_OUT


def mathjax(walker: Walker, met: Met) -> int:
    """What MathJax 3 drew: the MathML that it leaves for readers, or the glyphs of the drawing."""
    formula = met.node.css_first("math")
    text = mathml_text(formula) if formula is not None else drawn_text(met.node)
    walker.page.formula(text or met.attributes.get("aria-label") or "", is_display(met.node))
    return LEFT_OUT
