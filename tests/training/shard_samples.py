"""Tiny shards with a topic and a hidden link: documents that can be learned from in seconds.

Every image shows a thing; one text of its document names that thing, the others are of the document's topic.
Pixels are a fixed map of the thing, which has to be learned; words are noisy copies of the text.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from storage.shards import TOKEN_SCALES, ShardDocument, ShardSpec, write_shards

PIXELS, TEXTS = 24, 16
THINGS, TOPICS = 40, 5


def write_samples(
    folder: Path,
    documents: int = 60,
    seed: int = 0,
    block: int = 4,
    *,
    with_bytes: bool = False,
    tokens: tuple[str, ...] = (),
) -> str:
    """Write shards of three splits (4/6, 1/6, 1/6) and two sources; return their folder."""
    random = np.random.default_rng(seed)
    world = _World(
        things=random.normal(size=(THINGS, TEXTS)),
        topics=random.normal(size=(TOPICS, TEXTS)),
        seen=random.normal(size=(TEXTS, PIXELS)) / TEXTS**0.5,
    )
    made = [_document(number, random, world, with_bytes) for number in range(documents)]
    made = [replace(document, tokens=_tokens(document, tokens)) for document in made]
    blocks = []
    for split in ("train", "valid", "test"):
        mine = [document for document in made if document.split == split]
        blocks += [mine[start : start + block] for start in range(0, len(mine), block)]
    spec = ShardSpec(
        build_id="samples",
        pixel_width=PIXELS,
        word_width=TEXTS,
        text_width=TEXTS,
        encoders={"pixels": "none", "words": "none", "text": "none"},
        tokens=tokens,
    )
    write_shards(str(folder), blocks, spec)
    return str(folder)


@dataclass(frozen=True)
class _World:
    things: np.ndarray  # what a text that names the thing means
    topics: np.ndarray
    seen: np.ndarray  # from meaning to pixels


def _document(number: int, random: np.random.Generator, world: _World, with_bytes: bool) -> ShardDocument:
    things, topics, seen = world.things, world.topics, world.seen
    linked = number % 2 == 0
    images = int(random.integers(1, 5)) if number % 11 else 0
    texts = images + int(random.integers(1, 7))
    topic = topics[random.integers(TOPICS)]
    shown = random.choice(THINGS, images, replace=False)
    place = random.permutation(texts)[:images]
    meaning = 0.5 * random.normal(size=(texts, TEXTS)) + topic
    meaning[place] = things[shown] + 0.5 * topic
    pixels = np.tanh((things[shown] + 0.5 * topic) @ seen) + 0.1 * random.normal(size=(images, PIXELS))
    words = things[shown] + 2.0 * random.normal(size=(images, TEXTS))
    words[random.random(images) < 0.3] = 0.0
    link = np.zeros((images, texts), np.int8)
    link[np.arange(images), place] = 1
    distance = np.abs(place[:, None] - np.arange(texts)[None, :])
    prior = np.exp(-distance / 2.0)
    names = [f"thing {thing}" for thing in shown.tolist()]
    pictures = [_picture(thing) for thing in shown.tolist()] if with_bytes else []
    return ShardDocument(
        doc_id=f"doc-{number:03d}",
        group_id=f"group-{number:03d}",
        source="made" if linked else "found",
        language="en" if linked else None,
        family=f"family-{number:03d}",
        split=("train", "train", "train", "train", "valid", "test")[number // 2 % 6],
        image_position=(place * 2 + 1).tolist(),
        image_id=[f"image-{number}-{index}" for index in range(images)],
        image_name=names,
        image_section=place.tolist(),
        text_position=(np.arange(texts) * 2).tolist(),
        text=[
            f"a long story of thing {shown[place.tolist().index(i)]}" if i in place else f"note {i}"
            for i in range(texts)
        ],
        text_section=list(range(texts)),
        caption_of=[place.tolist().index(i) if i in place and i % 2 else -1 for i in range(texts)],
        prior=(prior / prior.sum(axis=1, keepdims=True)).astype(np.float32),
        image_bytes=pictures,
        pixels=pixels.astype(np.float32),
        words=words.astype(np.float32),
        text_features=meaning.astype(np.float32),
        link=link if linked else None,
    )


def _tokens(document: ShardDocument, scales: tuple[str, ...]) -> dict[str, list[np.ndarray]]:
    """Of unit k one to three noisy copies of its features."""
    random = np.random.default_rng(len(document.text))
    features = {"images": document.pixels, "texts": document.text_features}
    found = {}
    for scale in scales:
        units = features[TOKEN_SCALES[scale]]
        noise = [0.1 * random.normal(size=(1 + k % 3, units.shape[1])) for k in range(len(units))]
        found[scale] = [unit + extra for unit, extra in zip(units, noise, strict=True)]
    return found


def _picture(thing: int) -> bytes:
    color = ((thing * 37) % 256, (thing * 91) % 256, (thing * 53) % 256)
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), color).save(buffer, "PNG")
    return buffer.getvalue()
