"""B: documents of emoji. A theme is a category of emoji; sentences name them in the words of their names.

A category holds some hundred emoji, so that two documents of one theme seldom name the same. Of a
subcategory, which holds twenty, most are named in every document: what belongs together is not to be learned
from that.

Test documents come from two sources: `unseen-concept` (emoji that no training document shows, in known
styles) and `unseen-vendor` (known emoji in a vendor's style that no training document shows).
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flows.bench.corpora import node_archive
from flows.bench.packing import layout_prior, pack
from storage.shards import ShardDocument, ShardSpec
from training.encoders.base import GivesTokens
from training.encoders.load import (
    image_encoder_version,
    load_image_encoder,
    load_text_encoder,
    text_encoder_version,
)

PACKAGE = "emoji-datasource@16.0.0"
VENDORS = ("apple", "google", "facebook", "twitter")
_UNSEEN_VENDOR = "twitter"
#: A cell of a sheet: its side, and the distance from one to the next.
_SIDE, _PITCH = 32, 34
_SHOWN_SIDE = 64
_TEMPLATES = (
    "Here we see the {name}.",
    "The {name} was chosen for this page.",
    "Next comes a {name}, as people send it.",
    "This one is called {name}.",
    "Somebody sent the {name} in a message.",
    "A drawing of the {name} closes the list.",
)
_IMAGES, _TEXTS = 64, 256


@dataclass(frozen=True)
class Emoji:
    """One emoji: what it is called, its theme, and its cell in every vendor's sheet."""

    name: str
    theme: str
    column: int
    row: int


@dataclass(frozen=True)
class Drawn:
    """A document before its features: which emoji its images show and its sentences name."""

    theme: str
    source: str
    split: str
    vendors: tuple[str, ...]  # M
    shown: NDArray[np.int64]  # M
    named: NDArray[np.int64]  # N
    texts: tuple[str, ...]  # N
    beside: NDArray[np.int64]  # M
    link: NDArray[np.int8]  # [M, N]


def parse_emoji(rows: list[dict[str, Any]], vendors: tuple[str, ...] = VENDORS) -> list[Emoji]:
    """Return the emoji that every vendor draws, in the order of the list."""
    return [
        Emoji(
            row["name"].lower() if row["name"] else row["short_name"].replace("_", " "),
            row["category"],
            row["sheet_x"],
            row["sheet_y"],
        )
        for row in rows
        if all(row[f"has_img_{vendor}"] for vendor in vendors)
    ]


def cell(sheet: Image.Image, emoji: Emoji) -> bytes:
    """Return an emoji of a vendor's sheet as a PNG of 64 pixels on white."""
    left, top = emoji.column * _PITCH + 1, emoji.row * _PITCH + 1
    drawn = sheet.crop((left, top, left + _SIDE, top + _SIDE)).convert("RGBA")
    page = Image.new("RGBA", drawn.size, "white")
    page.alpha_composite(drawn)
    buffer = io.BytesIO()
    page.convert("RGB").resize((_SHOWN_SIDE, _SHOWN_SIDE), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def read_package(archive: Path) -> tuple[list[Emoji], dict[str, Image.Image]]:
    """Return the emoji of the package's archive and each vendor's sheet."""

    def content(package: tarfile.TarFile, name: str) -> bytes:
        file = package.extractfile(f"package/{name}")
        assert file is not None
        return file.read()

    with tarfile.open(archive) as package:
        emoji = parse_emoji(json.loads(content(package, "emoji.json")))
        sheets: dict[str, Image.Image] = {
            vendor: Image.open(io.BytesIO(content(package, f"img/{vendor}/sheets/32.png")))
            for vendor in VENDORS
        }
    return emoji, sheets


def draw_documents(emoji: list[Emoji], documents: int, seed: int) -> list[Drawn]:
    """Draw documents: of twenty one is valid, one of each of the two test sources, and the others train.

    Args:
        emoji: themes with fewer than eight known, or unseen, ones are not drawn from there.
        documents: how many.
        seed: of everything.
    """
    random = np.random.default_rng(seed)
    unseen = random.random(len(emoji)) < 0.25
    themes: dict[str, list[int]] = {}
    for index, one in enumerate(emoji):
        themes.setdefault(one.theme, []).append(index)
    pools = {
        kind: {
            theme: chosen
            for theme, members in themes.items()
            if len(chosen := [index for index in members if unseen[index] == (kind == "unseen")]) >= 8
        }
        for kind in ("seen", "unseen")
    }
    drawn = []
    for number in range(documents):
        place = number % 20
        source = "unseen-concept" if place == 18 else "unseen-vendor" if place == 19 else "known"
        split = "test" if place >= 18 else "valid" if place == 17 else "train"
        pool = pools["unseen" if source == "unseen-concept" else "seen"]
        theme = sorted(pool)[int(random.integers(len(pool)))]
        drawn.append(_draw(emoji, pool[theme], (theme, source, split), random))
    return drawn


def _draw(
    emoji: list[Emoji], pool: list[int], place: tuple[str, str, str], random: np.random.Generator
) -> Drawn:
    theme, source, split = place
    images = int(random.integers(2, min(8, len(pool) // 2 + 1) + 1))
    linked = max(1, round(0.6 * images))
    others = int(random.integers(2, min(15 - linked, len(pool) - images) + 1))
    chosen = random.choice(pool, images + others, replace=False)
    shown, texts = chosen[:images], linked + others
    places = random.permutation(texts)
    named = np.empty(texts, np.int64)
    named[places[:linked]], named[places[linked:]] = shown[:linked], chosen[images:]
    beside = random.integers(texts, size=images)
    right = random.random(linked) < 0.5
    beside[:linked][right] = places[:linked][right]
    link = np.zeros((images, texts), np.int8)
    link[np.arange(linked), places[:linked]] = 1
    known = [vendor for vendor in VENDORS if vendor != _UNSEEN_VENDOR]
    styles = [_UNSEEN_VENDOR] if source == "unseen-vendor" else known
    templates = random.integers(len(_TEMPLATES), size=texts)
    return Drawn(
        theme,
        source,
        split,
        tuple(styles[int(pick)] for pick in random.integers(len(styles), size=images)),
        shown,
        named,
        tuple(
            _TEMPLATES[template].format(name=emoji[index].name)
            for template, index in zip(templates.tolist(), named.tolist(), strict=True)
        ),
        beside,
        link,
    )


def write_emoji(folder: str, documents: int = 6000, seed: int = 0) -> str:
    """Write B's shards, with the pictures' bytes, into `folder`, and return it.

    Raises:
        LooseleafError: if the package cannot be downloaded.
    """
    emoji, sheets = read_package(node_archive(PACKAGE))
    drawn = draw_documents(emoji, documents, seed)
    pictures = sorted({pair for one in drawn for pair in zip(one.vendors, one.shown.tolist(), strict=True)})
    bytes_of = {(vendor, index): cell(sheets[vendor], emoji[index]) for vendor, index in pictures}
    sentences = sorted({text for one in drawn for text in one.texts})
    seer, reader = load_image_encoder("efficientnet-lite0"), load_text_encoder("minilm")
    assert isinstance(seer, GivesTokens)
    assert isinstance(reader, GivesTokens)
    pixels, tiles = _encoded(seer, [bytes_of[picture] for picture in pictures], "tiles", _IMAGES)
    texts, words = _encoded(reader, sentences, "words", _TEXTS)
    picture_row = {picture: row for row, picture in enumerate(pictures)}
    text_row = {text: row for row, text in enumerate(sentences)}
    made = []
    for number, one in enumerate(drawn):
        shown = list(zip(one.vendors, one.shown.tolist(), strict=True))
        made.append(
            (
                one.theme,
                ShardDocument(
                    doc_id=f"emoji-{number:05d}",
                    group_id=f"emoji-{number:05d}",
                    source=one.source,
                    family=f"emoji-{number:05d}",
                    split=one.split,
                    image_position=(one.beside * 2 + 1).tolist(),
                    image_id=[f"{vendor}-{index}" for vendor, index in shown],
                    image_name=[""] * len(shown),
                    image_section=one.beside.tolist(),
                    text_position=(np.arange(len(one.texts)) * 2).tolist(),
                    text=one.texts,
                    text_section=list(range(len(one.texts))),
                    caption_of=[-1] * len(one.texts),
                    prior=layout_prior(one.beside, len(one.texts)),
                    image_bytes=[bytes_of[picture] for picture in shown],
                    pixels=pixels[[picture_row[picture] for picture in shown]],
                    text_features=texts[[text_row[text] for text in one.texts]],
                    link=one.link,
                    tokens={
                        "tiles": [tiles[picture_row[picture]] for picture in shown],
                        "words": [words[text_row[text]] for text in one.texts],
                    },
                ),
            )
        )
    spec = ShardSpec(
        build_id=f"emoji-{seed}-{documents}",
        pixel_width=seer.width,
        text_width=reader.width,
        encoders={
            "pixels": f"efficientnet-lite0 {image_encoder_version('efficientnet-lite0')}",
            "text": f"minilm {text_encoder_version('minilm')}",
        },
        tokens=("tiles", "words"),
    )
    return pack(folder, made, spec)


def _encoded(
    encoder: GivesTokens, items: list[Any], scale: str, at_once: int
) -> tuple[NDArray[np.float32], list[NDArray[np.float16]]]:
    """Return the vector of each item, and its tokens of one scale."""
    vectors: list[NDArray[np.float32]] = []
    tokens: list[NDArray[np.float16]] = []
    for start in range(0, len(items), at_once):
        found, of_items = encoder.encode_tokens(items[start : start + at_once], [scale])
        vectors.append(found)
        tokens += np.split(of_items.vectors.numpy().astype(np.float16), of_items.offsets[1:-1].numpy())
    return np.concatenate(vectors), tokens
