"""A small dataset with vectors, made without any encoder."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.group.stage import GROUP
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.schemas import table_of
from storage.tables import commit, write_part

WORDS = ("plate", "hole", "stress", "mesh", "heat", "load", "beam", "mode", "solver", "step", "tower", "pipe")
WIDTH = 6


def write(dataset: str, table: str, files: list[list[dict[str, Any]]], stage: str = "extract") -> None:
    parts = [
        write_part(dataset, table, f"{stage}-{index:02x}", table_of(table, rows))
        for index, rows in enumerate(files)
    ]
    commit(dataset, table, stage, parts, app_id=f"test/{stage}")


def vector(draw: np.random.Generator) -> list[float]:
    return [float(x) for x in draw.normal(size=WIDTH)]


def random_corpus(folder: Path, seed: int, documents: int = 12, images: int = 12, **recipe: Any) -> Context:
    """Write documents that share images and sentences, grouped and with vectors; return their context."""
    draw, numbers = random.Random(seed), np.random.default_rng(seed)
    names = [f"image{i:03}" for i in range(images)]
    phashes = [draw.getrandbits(64) for _ in names]
    phashes[1] = phashes[0] ^ 0b101  # near-duplicates
    elements: list[list[dict[str, Any]]] = [[], []]
    embeddings: list[dict[str, Any]] = []
    for number in range(documents):
        doc_id = f"doc{number:03}"
        for position in range(draw.randint(1, 9)):
            row: dict[str, Any] = {"doc_id": doc_id, "position": position, "section": position // 3}
            place = {"doc_id": doc_id, "position": position}
            if draw.random() < 0.35:
                image_id = draw.choice(names)
                row |= {
                    "kind": "image",
                    "image_id": image_id,
                    "image_url": f"{image_id}.png",
                    "alt": "a plot",
                }
                modality = "words"
            else:
                row |= {
                    "kind": "text",
                    "text": " ".join(draw.choices(WORDS[: 3 + number], k=draw.randint(3, 5))),
                }
                modality = "text"
            elements[number % 2].append(row)
            embeddings.append({"modality": modality, "encoder": "minilm", "vector": vector(numbers), **place})
    for image_id in names:
        pixels = {"modality": "pixels", "image_id": image_id, "encoder": "efficientnet-lite0"}
        embeddings.append({**pixels, "vector": vector(numbers)})
    dataset = str(folder)
    rows = [
        {"doc_id": f"doc{i:03}", "source": "even" if i % 2 == 0 else "odd", "family": f"family{i // 2}"}
        for i in range(documents)
    ]
    write(dataset, "documents", [rows])
    write(dataset, "elements", elements)
    pictures = [
        {"image_id": name, "bytes": name.encode(), "phash": f"{phash:016x}"}
        for name, phash in zip(names, phashes, strict=True)
    ]
    write(dataset, "images", [pictures])
    middle = len(embeddings) // 2
    write(dataset, "embeddings", [embeddings[:middle], embeddings[middle:]], stage="embed")
    values = {"name": "test", "sources": [{"kind": "files", "name": "even", "root": "."}], **recipe}
    context = Context(dataset, recipe_from_dict(values), "build")
    run_stage(GROUP, context, execute_here, lambda done, total: None)
    return context
