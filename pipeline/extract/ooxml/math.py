"""Office's formulas (OMML, ECMA-376 part 1, 22.1) as TeX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.extract.names import names
from pipeline.extract.ooxml.names import M, W
from pipeline.extract.xml import local_name

_OPERATORS = {
    "∑": "\\sum", "∏": "\\prod", "∫": "\\int", "∬": "\\iint", "∭": "\\iiint", "∮": "\\oint", "⋃": "\\bigcup",
    "⋂": "\\bigcap", "∐": "\\coprod", "⋁": "\\bigvee", "⋀": "\\bigwedge",
}  # fmt: skip
_ACCENTS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline", "\u0307": "dot",
    "\u0308": "ddot", "\u20db": "dddot", "\u20d7": "vec", "\u0306": "breve", "\u030c": "check",
    "\u0301": "acute", "\u0300": "grave", "\u00af": "bar", "^": "hat", "~": "tilde", "\u2192": "vec",
    "\u20d6": "overleftarrow", "\u20e1": "overleftrightarrow", "": "hat",
}  # fmt: skip
_FUNCTIONS = names(
    """sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan log ln lg exp lim max min sup inf
    det"""
)
_DELIMITERS = {"{": "\\{", "}": "\\}", "⟨": "\\langle", "⟩": "\\rangle", "‖": "\\|", "⌊": "\\lfloor",
               "⌋": "\\rfloor", "⌈": "\\lceil", "⌉": "\\rceil", "": "."}  # fmt: skip


def tex(node: Any) -> str:
    """Return a formula (`m:oMath`, `m:oMathPara` or a piece of one) as TeX; unknown pieces as their text."""
    return _all(node).strip()


def _all(node: Any) -> str:
    return _joined([_one(child) for child in node]) if node is not None else ""


def _joined(pieces: list[str]) -> str:
    text = ""
    for piece in pieces:
        # A command ends at the next letter.
        if text and piece and piece[0].isalnum() and _ends_in_command(text):
            text += " "
        text += piece
    return text


def _ends_in_command(text: str) -> bool:
    head, slash, name = text.rpartition("\\")
    return bool(slash) and name.isalpha() and name.isascii() and not head.endswith("\\")


def _one(node: Any) -> str:
    name = local_name(node)
    if name == "r":
        return _run(node)
    if name.endswith("Pr") or name in {"del", "moveFrom"}:
        return ""
    write = _WRITERS.get(name)
    if write is not None and node.tag.startswith(M):
        return write(node)
    return _all(node)


def _run(node: Any) -> str:
    text = "".join(child.text or "" for child in node if child.tag in {f"{M}t", f"{W}t"})
    if _property(node, "rPr", "nor", "0") not in {"0", "off", "false"} and text.strip():
        return f"\\text{{{text}}}"
    return f"\\{text}" if text in _FUNCTIONS else text


def _property(node: Any, group: str, name: str, missing: str) -> str:
    """Return the value of a property; the empty value where it is there without one."""
    found = node.find(f"{M}{group}/{M}{name}")
    if found is None:
        return missing
    value = found.get(f"{M}val")
    return str(value) if value is not None else ""


def _arg(node: Any, name: str) -> str:
    return _all(node.find(f"{M}{name}")).strip()


def _braced(node: Any, name: str) -> str:
    return "{" + _arg(node, name) + "}"


def _fraction(node: Any) -> str:
    if _property(node, "fPr", "type", "bar") == "lin":
        return f"{_arg(node, 'num')}/{_arg(node, 'den')}"
    command = "binom" if _property(node, "fPr", "type", "bar") == "noBar" else "frac"
    return f"\\{command}{_braced(node, 'num')}{_braced(node, 'den')}"


def _base(node: Any) -> str:
    base = _arg(node, "e")
    return base if len(base) <= 1 or (base.startswith("\\") and base[1:].isalpha()) else "{" + base + "}"


def _scripts(node: Any) -> str:
    lower = f"_{_braced(node, 'sub')}" if node.find(f"{M}sub") is not None else ""
    upper = f"^{_braced(node, 'sup')}" if node.find(f"{M}sup") is not None else ""
    return f"{_base(node)}{lower}{upper}"


def _before(node: Any) -> str:
    return f"{{}}_{_braced(node, 'sub')}^{_braced(node, 'sup')}{_base(node)}"


def _root(node: Any) -> str:
    degree = _arg(node, "deg")
    return f"\\sqrt[{degree}]{_braced(node, 'e')}" if degree else f"\\sqrt{_braced(node, 'e')}"


def _nary(node: Any) -> str:
    sign = _property(node, "naryPr", "chr", "∫")
    limits = "".join(
        f"{mark}{{{value}}}" for mark, name in (("_", "sub"), ("^", "sup")) if (value := _arg(node, name))
    )
    return f"{_OPERATORS.get(sign, sign)}{limits} {_arg(node, 'e')}"


def _delimited(node: Any) -> str:
    left = _property(node, "dPr", "begChr", "(")
    right = _property(node, "dPr", "endChr", ")")
    between = _property(node, "dPr", "sepChr", "|")
    inner = f" {between} ".join(_all(part).strip() for part in node.findall(f"{M}e"))
    left, right = _DELIMITERS.get(left, left), _DELIMITERS.get(right, right)
    space = " " if left[-1].isalpha() else ""
    return f"\\left{left}{space}{inner}\\right{right}"


def _function(node: Any) -> str:
    return _joined([_arg(node, "fName"), " ", _arg(node, "e")])


def _accent(node: Any) -> str:
    return f"\\{_ACCENTS.get(_property(node, 'accPr', 'chr', ''), 'hat')}{_braced(node, 'e')}"


def _bar(node: Any) -> str:
    command = "overline" if _property(node, "barPr", "pos", "bot") == "top" else "underline"
    return f"\\{command}{_braced(node, 'e')}"


def _limit(mark: str) -> Callable[[Any], str]:
    return lambda node: f"{_arg(node, 'e')}{mark}{_braced(node, 'lim')}"


def _matrix(node: Any) -> str:
    rows = [" & ".join(_all(e).strip() for e in row.findall(f"{M}e")) for row in node.findall(f"{M}mr")]
    return "\\begin{matrix}" + " \\\\ ".join(rows) + "\\end{matrix}"


def _equations(node: Any) -> str:
    rows = [_all(part).strip() for part in node.findall(f"{M}e")]
    return "\\begin{aligned}" + " \\\\ ".join(rows) + "\\end{aligned}"


def _group(node: Any) -> str:
    command = "overbrace" if _property(node, "groupChrPr", "pos", "bot") == "top" else "underbrace"
    return f"\\{command}{_braced(node, 'e')}"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "f": _fraction, "sSup": _scripts, "sSub": _scripts, "sSubSup": _scripts, "sPre": _before, "rad": _root,
    "nary": _nary, "d": _delimited, "func": _function, "acc": _accent, "bar": _bar, "limLow": _limit("_"),
    "limUpp": _limit("^"), "m": _matrix, "eqArr": _equations, "groupChr": _group,
}  # fmt: skip
