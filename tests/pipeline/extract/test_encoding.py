from __future__ import annotations

import pytest

from pipeline.extract.encoding import decode

WORD = "Größe – naïve"


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (WORD.encode("utf-8-sig"), None),
        (b"\xff\xfe" + WORD.encode("utf-16-le"), None),
        (WORD.encode("utf-16-be"), None),
        (WORD.encode(), None),
        (WORD.encode("cp1252"), None),
        (WORD.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (WORD.encode(), "text/html; charset=iso-8859-1"),
        (WORD.encode("cp1252"), "text/html; charset=utf-8"),
        (WORD.encode("cp1252"), "text/html; charset=no-such-thing"),
    ],
)
def test_text_comes_back(data: bytes, header: str | None) -> None:
    assert decode(data, header) == WORD


def test_meta_declares() -> None:
    page = '<!-- <meta charset="koi8-r"> --><meta charset="shift_jis">図'
    assert decode(page.encode("cp932")).endswith("図")
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">图'
    assert decode(page.encode("gb18030")).endswith("图")


@pytest.mark.parametrize(
    "declaration",
    [
        "<meta charset=windows-1251>",
        "<META CHARSET='x-cp1251'>",
        "<meta name=description content='charset=koi8-r'><meta charset=cp1251>",
        "<meta content='text/html; charset=windows-1251' http-equiv=Content-Type>",
        "<?xml version='1.0' encoding='windows-1251'?>",
        "<meta charset=no-such-thing><meta charset=windows-1251>",
    ],
)
def test_declarations_are_read_as_browsers_do(declaration: str) -> None:
    page = declaration + "Напряжение в пластине"
    assert decode(page.encode("cp1251")) == page


def test_one_broken_byte_does_not_change_the_encoding() -> None:
    assert decode((WORD * 5).encode() + b"\xff") == WORD * 5 + "\ufffd"
