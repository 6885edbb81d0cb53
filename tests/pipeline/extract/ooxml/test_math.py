from __future__ import annotations

import pytest
from lxml import etree

from pipeline.extract.ooxml.math import tex

SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def e(text: str, name: str = "e") -> str:
    return f"<m:{name}>{r(text)}</m:{name}>"


@pytest.mark.parametrize(
    ("omml", "expected"),
    [
        (f"<m:f>{e('a', 'num')}{e('b', 'den')}</m:f>", "\\frac{a}{b}"),
        (f'<m:f><m:fPr><m:type m:val="lin"/></m:fPr>{e("a", "num")}{e("b", "den")}</m:f>', "a/b"),
        (f'<m:f><m:fPr><m:type m:val="noBar"/></m:fPr>{e("n", "num")}{e("k", "den")}</m:f>', "\\binom{n}{k}"),
        (f"<m:sSup>{e('x')}{e('2', 'sup')}</m:sSup>", "x^{2}"),
        (f"<m:sSubSup>{e('ab')}{e('i', 'sub')}{e('2', 'sup')}</m:sSubSup>", "{ab}_{i}^{2}"),
        (f"<m:sPre>{e('1', 'sub')}{e('2', 'sup')}{e('H')}</m:sPre>", "{}_{1}^{2}H"),
        (f"<m:rad><m:deg/>{e('x')}</m:rad>", "\\sqrt{x}"),
        (f"<m:rad>{e('3', 'deg')}{e('x')}</m:rad>", "\\sqrt[3]{x}"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>{e("i", "sub")}{e("n", "sup")}{e("x")}</m:nary>',
            "\\sum_{i}^{n} x",
        ),
        (f"<m:d>{e('x')}</m:d>", "\\left(x\\right)"),
        (
            f'<m:d><m:dPr><m:begChr m:val="{{"/><m:endChr m:val=""/></m:dPr>{e("x")}</m:d>',
            "\\left\\{x\\right.",
        ),
        (f"<m:func>{e('sin', 'fName')}{e('x')}</m:func>", "\\sin x"),
        (f'<m:acc><m:accPr><m:chr m:val="&#x20d7;"/></m:accPr>{e("v")}</m:acc>', "\\vec{v}"),
        (f'<m:bar><m:barPr><m:pos m:val="top"/></m:barPr>{e("x")}</m:bar>', "\\overline{x}"),
        (
            f"<m:m><m:mr>{e('1')}{e('0')}</m:mr><m:mr>{e('0')}{e('1')}</m:mr></m:m>",
            "\\begin{matrix}1 & 0 \\\\ 0 & 1\\end{matrix}",
        ),
        (f"<m:limLow>{e('lim')}{e('n', 'lim')}</m:limLow>", "\\lim_{n}"),
        ("<m:r><m:rPr><m:nor/></m:rPr><m:t>if </m:t></m:r>", "\\text{if }"),
        ("<m:unknown>" + r("x") + "</m:unknown>", "x"),
        ("<m:f/>", "\\frac{}{}"),
    ],
)
def test_each_construct(omml: str, expected: str) -> None:
    assert tex(etree.fromstring(f'<m:oMath xmlns:m="{SPACE}">{omml}</m:oMath>')) == expected
