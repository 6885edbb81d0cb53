"""Damaged and hostile pages: nothing raises, and nothing takes long for its size."""

from __future__ import annotations

import random

import pytest

from pipeline.extract.html import read_html
from storage.schemas import ELEMENT_KINDS
from tests.pipeline.extract.html.test_probes import PROBES, URL, page_of

_PIECES = [
    b"<", b">", b"</", b"<!--", b"-->", b"\"",
    b"'", b"\x00", b"\xff", b"&#x110000;", b"<table>", b"</table>", b"<svg>",
    b"<math>", b"<h1>", b"</p>", b"<figure>",
    b"<select>", b"<template>", b"<plaintext>", b"<![CDATA[", b"<dl><dt>",
    b" srcset='", b" style=\"", b" aria-labelledby=",
    b"<td colspan=9999 rowspan=9999>", b"<a href=", b"\xe2\x80",
]  # fmt: skip


def mutated(data: bytes, random_: random.Random) -> bytes:
    """The page with a few cuts, doubled stretches, pieces put in and bytes changed."""
    page = bytearray(data)
    for _ in range(random_.randint(1, 12)):
        at, to = sorted(random_.randrange(len(page) + 1) for _ in range(2))
        change = random_.randrange(4)
        if change == 0:
            del page[at : min(to, at + 200)]
        elif change == 1:
            page[at:at] = page[at : min(to, at + 400)] * random_.randint(1, 4)
        elif change == 2:
            page[at:at] = random_.choice(_PIECES)
        elif page:
            page[random_.randrange(len(page))] = random_.randrange(256)
    return bytes(page)


@pytest.mark.parametrize("seed", range(8))
def test_mutated_pages_are_read(seed: int) -> None:
    random_ = random.Random(seed)
    for _ in range(40):
        whole = b"".join(page_of(probe) for probe in random_.sample(PROBES, 6))
        document = read_html(mutated(whole, random_), URL)
        positions = [element.position for element in document.elements]
        assert positions == list(range(len(positions)))
        for element in document.elements:
            assert element.kind in ELEMENT_KINDS
            assert element.caption_of is None or document.elements[element.caption_of].kind == "image"
            assert (element.kind == "image") <= bool(element.image_candidates)


# What takes time by the square of the size runs for many minutes: the limit stops it.
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "page",
    [
        "<p>a" * 100_000,
        "<img src=a.png>" * 20_000,
        "<dl>" + "<dt>a<dd>b" * 30_000,
        "<b>" * 20_000 + "x" + "</b>" * 20_000,
        "<h1><div>" * 5_000 + "x" * 500 + "<p>" * 5_000,
        "<figure>" * 5_000 + "<img src=a.png>" + "<figcaption>c" * 5_000,
        "<table><tr><td>" * 3_000 + "x",
        "<table>" + "<tr>" + "<td colspan=1000 rowspan=60000>x" * 1_000,
        "<div style='" + "background:" * 100_000 + "url('>",
        "<img srcset='" + "a.png 1x," * 100_000 + "'>",
        "<img srcset='" + "(" * 500_000 + "'>",
        "<img alt='" + "\\[" * 200_000 + "'>",
        "<img data-src='" + "a/" * 500_000 + "'>",
        "<p class='" + "a " * 500_000 + "'>x",
        "<svg width=500 viewBox='0 0 " + "9" * 100_000 + "'><path d='" + "M0 0" * 100_000 + "'/></svg>",
        "<iframe srcdoc='" + "&lt;iframe srcdoc=" * 2_000 + "'>",
        "<object>" * 5_000 + "<span class=katex>" * 5_000,
        "<p>" + "$" * 200_000,
        "<pre>" * 5_000 + "x",
    ],
    ids=lambda page: page[:24],
)
def test_large_and_deep_pages_take_no_longer_than_their_size(page: str) -> None:
    document = read_html(page.encode(), URL)
    assert [element.position for element in document.elements] == list(range(len(document.elements)))


def test_a_processing_instruction_is_no_content() -> None:
    page = (
        b"<table><tr><td>a</td><?tr ?><td>b<?php echo 1 ?></td></tr></table><p>text<?x ?></p><h1>T<?y?></h1>"
    )
    read = read_html(page, "https://a.org/")
    assert [e.text for e in read.elements] == ["a", "b", "text", "T"]
