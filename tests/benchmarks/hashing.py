"""Perceptual hashes of real images: their time beside that of decoding the same images."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from flows.bench.corpora import debian_tree
from pipeline.images.decode import grey_of, hash_of

IMAGES = int(os.environ.get("LOOSELEAF_BENCHMARK_HASHES", "200"))
_TURNS = 3


def run() -> dict[str, float | str]:
    """Return images per second decoded and hashed, and their ratio."""
    paths = sorted(
        path
        for path in Path(debian_tree("libocct-doc")).rglob("*")
        if path.suffix in {".png", ".jpg", ".jpeg", ".gif"} and path.stat().st_size > 4_000
    )[:IMAGES]
    files = [path.read_bytes() for path in paths]
    decoding = min(_seconds(_decode, files) for _ in range(_TURNS))
    images = [_decode(data) for data in files]
    hashing = min(_seconds(lambda image: hash_of(grey_of(image)), images) for _ in range(_TURNS))
    return {
        "images": f"{len(files)} of libocct-doc",
        "decoded a second": len(files) / decoding,
        "hashed a second": len(files) / hashing,
        "hashing to decoding": decoding / hashing,
    }


def _decode(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def _seconds(work: Callable[[Any], object], items: list[Any]) -> float:
    began = time.perf_counter()
    for item in items:
        work(item)
    return time.perf_counter() - began
