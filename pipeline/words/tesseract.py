"""Tesseract, a program that systems package: fast, and as good as neural readers on printed labels."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Sequence

from PIL import Image

from pipeline.words.regions import sheet_of
from pipeline.words.word import Engine, UnreadableImageError, Word
from storage.errors import LooseleafError

_SECONDS = 60.0
#: "Sparse text": find as much as possible, in no order.
_SPARSE = "11"


def is_installed() -> bool:
    """Tell whether there is a Tesseract on this machine."""
    return shutil.which("tesseract") is not None


def tesseract(languages: Sequence[str]) -> Engine:
    """Return Tesseract as an engine.

    Args:
        languages: Tesseract's names of languages, such as `eng`; those that it lacks are left out.

    Raises:
        LooseleafError: if it is not installed, or has none of the languages.
    """
    if not is_installed():
        raise LooseleafError(
            "Words cannot be read by Tesseract because it is not installed: install the package "
            "tesseract-ocr, or set words.engine to rapidocr or none."
        )
    version = _output(["--version"]).split("\n", 1)[0].removeprefix("tesseract").strip()
    present = set(_output(["--list-langs"]).split("\n")[1:])
    known = [language for language in languages if language in present]
    if not known:
        raise LooseleafError(
            f"Tesseract has none of the languages {', '.join(languages)}: install one of them "
            f"(a package such as tesseract-ocr-{languages[0]}), or change words.languages."
        )
    joined = "+".join(known)
    return Engine("tesseract", f"{version} {joined}", lambda image: _read(image, joined))


def _read(image: Image.Image, languages: str) -> list[Word]:
    words = _boxes(image, languages)
    sheet = sheet_of(image)
    if sheet is None:
        return words
    again = list(sheet.back(_boxes(sheet.image, languages)))
    return _best([*words, *again])


def _best(words: Sequence[Word]) -> list[Word]:
    """Return words of which no two stand in one place: the one that is surer stays."""
    kept: list[Word] = []
    for word in sorted(words, key=lambda word: (-word.confidence, word.top, word.left)):
        if not any(_overlap(word, other) for other in kept):
            kept.append(word)
    return kept


def _boxes(image: Image.Image, languages: str) -> list[Word]:
    buffer = io.BytesIO()
    image.save(buffer, "BMP")
    command = ["stdin", "stdout", "--psm", _SPARSE, "-l", languages, "tsv"]
    words: list[Word] = []
    rows = csv.DictReader(
        io.StringIO(_output(command, buffer.getvalue())), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    for row in rows:
        text = (row["text"] or "").strip()
        if row["level"] == "5" and text:
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            words.append(Word(text, float(row["conf"]), left, top, width, height))
    return words


def _overlap(one: Word, other: Word) -> bool:
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return (
        width > 0
        and height > 0
        and width * height > 0.3 * min(one.width * one.height, other.width * other.height)
    )


def _output(arguments: Sequence[str], data: bytes | None = None) -> str:
    # One thread: the stage reads several pictures side by side.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            ["tesseract", *arguments],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableImageError(f"Tesseract took longer than {_SECONDS:g} seconds.") from error
    if done.returncode != 0:
        said = re.sub(r"\s+", " ", done.stderr.decode("utf-8", "replace")).strip()
        raise UnreadableImageError(f"Tesseract ended with status {done.returncode}: {said[:200]}.")
    return done.stdout.decode("utf-8", "replace")
