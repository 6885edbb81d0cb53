"""Which images are pictures of formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipeline.extract.builder import fold
from pipeline.extract.html.marks import Marks
from pipeline.extract.html.math import bare_tex

Attributes = Mapping[str, str | None]

_DELIMITED = re.compile(r"^(?:\$.+\$|\\\(.+\\\)|\\\[.+\\\]|\{\\displaystyle.+\})$", re.DOTALL)
_ENVIRONMENT = re.compile(
    r"^(?:%.*\n\s*)*\\begin\{(?:displaymath|equation|eqnarray|align|math|gather|multline|array|[bpv]?matrix|cases)\*?\}"
)
#: Commands that stand in formulas and in no path of a file: `C:\temp` is none.
_COMMAND = re.compile(
    r"\\(?:frac|dfrac|tfrac|sqrt|sum|prod|i?int|oint|lim|partial|nabla|infty|cdot|times|leq?|geq?|neq?|approx|equiv|"
    r"alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|varphi|chi|psi|"
    r"omega|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega|left|right|mathrm|mathbf|mathit|mathcal|mathbb|boldsymbol|"
    r"displaystyle|textstyle|overline|hat|bar|vec|dot|ddot|tilde|quad|ldots|cdots|dots|pm|mp|sin|cos|tan|log|ln|exp|"
    r"begin\{(?:array|[bpv]?matrix|cases|equation|align|eqnarray)\*?\})(?![A-Za-z])"
)
#: What latex2html writes for a figure, whose source may hold formulas.
_FIGURE = re.compile(r"\\begin\{figure\*?\}|\\includegraphics|\\epsf")
_SCRIPT = re.compile(r"[A-Za-z0-9)}\]]\s*[_^]\s*\{")
_RENDERER = re.compile(
    r"(?:latex\.codecogs\.com/|/math/render/|[?&]cht=tx\b|/mathtex\.cgi|/mimetex\.cgi|/latex\.php\?|/cgi-bin/tex2|"
    r"/s\d?\.wp\.com/latex|(?:^|/)form_\d+(?:_dark)?\.(?:png|svg)$|/images/math/[0-9a-f]/)",
    re.IGNORECASE,
)
_RENDERED_TEX = re.compile(
    r"(?:codecogs\.com/|\.cgi\?)(?:[a-z]+\.(?:latex|image|download)\?|[a-z]+\?)?(.+)$", re.DOTALL
)
_EX_HEIGHT = re.compile(r"(?:^|[;\s])height\s*:\s*[\d.]+ex", re.IGNORECASE)
_EX_ALIGN = re.compile(r"vertical-align\s*:\s*-?[\d.]+(?:ex|em|px|pt)", re.IGNORECASE)
#: What latex2html calls its pictures, of formulas and of figures.
_LATEX2HTML_NAME = re.compile(r"(?:^|/)img\d+\.(?:png|gif|svg)$", re.IGNORECASE)
_LINE_HEIGHT = 80


@dataclass(frozen=True)
class FormulaPicture:
    """What a picture of a formula says: TeX, or nothing where the page has none; whether it stands alone."""

    tex: str
    display: bool


def formula_picture(attributes: Attributes, marks: Marks, source: str) -> FormulaPicture | None:
    """Return what the picture of a formula says, or None for any other image.

    It is one if its class name says so, if its alternative text is TeX (delimited, an environment of
    formulas, or with commands that only formulas have), if a renderer of TeX drew it by its URL, or if it is
    set into a line with its baseline in units of the letter x (MediaWiki), or as latex2html does: named
    `img12.png`, at most as high as a formula, and aligned to the middle of its line.

    Args:
        attributes: of the image.
        marks: its class names.
        source: its `src`.
    """
    alternative = (attributes.get("alt") or "").strip()
    tex = _tex_of(alternative)
    if tex is None and marks.formula and alternative:
        tex = bare_tex(alternative)
    if tex is None and _RENDERER.search(source):
        tex = alternative or _tex_in_url(source)
    if tex is None and _is_set_into_a_line(attributes, source):
        tex = alternative
    if tex is None:
        return None
    return FormulaPicture(fold(tex).strip("$ "), _stands_alone(marks, alternative))


def _tex_of(alternative: str) -> str | None:
    if _FIGURE.search(alternative):
        return None
    if not alternative or ("\\" not in alternative and alternative[0] != "$" and "{" not in alternative):
        return None
    if _DELIMITED.match(alternative) or _ENVIRONMENT.match(alternative) or _COMMAND.search(alternative):
        return bare_tex(alternative)
    # A long sentence may show a piece of TeX and yet be the description of a figure.
    if _SCRIPT.search(alternative) and len(alternative.split()) <= 12:
        return bare_tex(alternative)
    return None


def _tex_in_url(source: str) -> str:
    if "cht=tx" in source:
        query = urlsplit(source).query
        found = re.search(r"(?:^|&)chl=([^&]*)", query)
        return unquote(found[1].replace("+", " ")) if found else ""
    found = _RENDERED_TEX.search(source)
    return (
        bare_tex(re.sub(r"\\(?:dpi|bg|fn|inline|large)\s*(?:\{[^}]*\})?", "", unquote(found[1])))
        if found
        else ""
    )


def _is_set_into_a_line(attributes: Attributes, source: str) -> bool:
    style = attributes.get("style") or ""
    if _EX_HEIGHT.search(style) and _EX_ALIGN.search(style):
        return True
    if not _LATEX2HTML_NAME.search(source) or attributes.get("alt"):
        return False
    height = attributes.get("height") or ""
    aligned = (attributes.get("align") or "").lower() in {"middle", "absmiddle", "bottom"}
    return aligned and height.isascii() and height.isdigit() and int(height[:6]) <= _LINE_HEIGHT


def _stands_alone(marks: Marks, alternative: str) -> bool:
    return bool(
        marks.names & {"formulaDsp", "mwe-math-fallback-image-display", "equation", "displaymath"}
    ) or alternative.startswith(("\\[", "$$", "$\\displaystyle", "\\begin{"))
