"""A: synthetic documents whose topic tells which texts are a document's, but not which is an image's.

A document has a topic. Its images show things of that topic; 40 % of them are orphans that no sentence names.
70 % of its sentences name other things of the same topic. An image stands beside its own sentence half of the
time, and beside any other one else. Test documents show known things in new company.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.bench.packing import layout_prior, pack
from storage.shards import ShardDocument, ShardSpec

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Synthetic:
    """How documents are drawn."""

    documents: int = 1200
    topics: int = 24
    things: int = 30  # of a topic
    width: int = 32  # of text features
    pixel_width: int = 48
    topic_share: float = 1.0  # length of the topic's part beside a thing's, which has length one
    text_noise: float = 0.45
    pixel_noise: float = 0.45
    orphans: float = 0.4
    unrelated: float = 0.7
    adjacent: float = 0.5
    seed: int = 0


def write_synthetic(folder: str, settings: Synthetic) -> str:
    """Write A's shards into `folder`, and return it."""
    random = np.random.default_rng(settings.seed)
    topics = _directions(random, settings.topics, settings.width) * settings.topic_share
    things = _directions(random, settings.topics * settings.things, settings.width)
    seen = random.normal(size=(settings.width, settings.pixel_width)) / settings.width**0.5
    named = topics.repeat(settings.things, axis=0) + things
    made = [_document(number, named, seen, settings, random) for number in range(settings.documents)]
    spec = ShardSpec(
        build_id=f"synthetic-{settings.seed}-{settings.documents}",
        pixel_width=settings.pixel_width,
        text_width=settings.width,
        encoders={"pixels": "none", "text": "none"},
    )
    return pack(folder, made, spec)


def _directions(random: np.random.Generator, count: int, width: int) -> NDArray[np.float64]:
    drawn = random.normal(size=(count, width))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _document(
    number: int,
    named: NDArray[np.float64],
    seen: NDArray[np.float64],
    settings: Synthetic,
    random: np.random.Generator,
) -> tuple[str, ShardDocument]:
    topic = int(random.integers(settings.topics))
    images = int(random.integers(2, 7))
    linked = max(1, round(images * (1 - settings.orphans)))
    texts = max(linked + 1, round(linked / (1 - settings.unrelated)))
    drawn = random.choice(settings.things, images + texts - linked, replace=False)
    drawn = drawn + topic * settings.things
    shown, other = drawn[:images], drawn[images:]
    places = random.permutation(texts)
    told = np.empty(texts, np.int64)
    told[places[:linked]], told[places[linked:]] = shown[:linked], other
    beside = random.integers(texts, size=images)
    right = random.random(linked) < settings.adjacent
    beside[:linked][right] = places[:linked][right]
    link = np.zeros((images, texts), np.int8)
    link[np.arange(linked), places[:linked]] = 1
    text = named[told] + settings.text_noise * random.normal(size=(texts, settings.width)) / 4
    meant = named[shown] + settings.pixel_noise * random.normal(size=(images, settings.width)) / 4
    return f"topic-{topic:02d}", ShardDocument(
        doc_id=f"synthetic-{number:05d}",
        group_id=f"synthetic-{number:05d}",
        source="synthetic",
        family=f"synthetic-{number:05d}",
        split=("train", "train", "train", "train", "train", "train", "train", "valid", "test", "test")[
            number % 10
        ],
        image_position=(beside * 2 + 1).tolist(),
        image_id=[f"thing-{thing}-of-{number}" for thing in shown.tolist()],
        image_name=[""] * images,
        image_section=beside.tolist(),
        text_position=(np.arange(texts) * 2).tolist(),
        text=[f"thing {thing}" for thing in told.tolist()],
        text_section=list(range(texts)),
        caption_of=[-1] * texts,
        prior=layout_prior(beside, texts),
        pixels=np.tanh(2 * meant @ seen).astype(np.float32),
        text_features=text.astype(np.float32),
        link=link,
    )
