"""RapidOCR, whose models are in its package: slower than Tesseract, better at dialogs and turned labels."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from PIL import Image

from pipeline.words.word import Engine, UnreadableImageError, Word
from storage.errors import LooseleafError

_UPRIGHT = 1.8


def is_installed() -> bool:
    """Tell whether the packages `rapidocr` and `onnxruntime` are installed."""
    try:
        return bool(version("rapidocr") and version("onnxruntime"))
    except PackageNotFoundError:
        return False


def rapidocr() -> Engine:
    """Return RapidOCR as an engine.

    Raises:
        LooseleafError: if it is not installed.
    """
    if not is_installed():
        raise LooseleafError(
            "Words cannot be read by RapidOCR because it is not installed: run `pip install looseleaf[ocr]`, "
            "or set words.engine to tesseract or none."
        )
    return Engine("rapidocr", version("rapidocr"), _read)


def _read(image: Image.Image) -> list[Word]:
    try:
        found = _reader()(np.asarray(image.convert("RGB"))[:, :, ::-1], return_word_box=True)
    except (ArithmeticError, IndexError, ValueError, RuntimeError) as error:
        raise UnreadableImageError(f"RapidOCR failed with {type(error).__name__}: {error}"[:300]) from error
    words: list[Word] = []
    for line in found.word_results or ():
        for text, score, corners in line:
            xs, ys = [point[0] for point in corners], [point[1] for point in corners]
            width, height = float(max(xs) - min(xs)), float(max(ys) - min(ys))
            if text.strip():
                upright = len(text) > 1 and height > _UPRIGHT * width
                words.append(
                    Word(
                        text.strip(),
                        100.0 * float(score),
                        float(min(xs)),
                        float(min(ys)),
                        width,
                        height,
                        upright,
                    )
                )
    return words


@cache
def _reader() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 - loads three models

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    threads = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return RapidOCR(params={"Global.log_level": "error", **threads})
