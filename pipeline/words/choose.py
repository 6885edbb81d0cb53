"""Which engine reads the words of a build."""

from __future__ import annotations

from pipeline.recipe import WordSettings
from pipeline.words import rapid, tesseract
from pipeline.words.word import Engine


def choose_engine(settings: WordSettings) -> Engine | None:
    """Return the engine that the settings name; None where none is wanted.

    `auto` takes Tesseract where it is installed, else RapidOCR where that is, else none.

    Raises:
        LooseleafError: if the engine that is named is not installed.
    """
    wanted = settings.engine
    if wanted == "auto":
        wanted = "tesseract" if tesseract.is_installed() else "rapidocr" if rapid.is_installed() else "none"
    if wanted == "none":
        return None
    return tesseract.tesseract(settings.languages) if wanted == "tesseract" else rapid.rapidocr()
