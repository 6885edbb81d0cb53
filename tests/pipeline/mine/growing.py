"""A corpus whose documents come, change and go; equal documents are equal in whatever files they lie."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.group.stage import GROUP
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.schemas import table_of
from storage.tables import commit, write_part
from tests.pipeline.mine.corpus import WIDTH, WORDS

#: Number of a document -> its version.
Corpus = Mapping[int, int]
IMAGES = 25


def write_corpus(folder: Path, corpus: Corpus, files: int, **mine: Any) -> Context:
    """Make the tables of `folder` those of `corpus`, in so many files each; return their context."""
    tables: dict[str, list[list[dict[str, Any]]]] = {
        table: [[] for _ in range(files)] for table in ("documents", "elements", "embeddings")
    }
    shown: set[int] = set()
    for number, version in sorted(corpus.items()):
        rows = _document(number, version)
        shown |= {int(row["image_id"][5:]) for row in rows["elements"] if row.get("image_id")}
        for table, own in rows.items():
            tables[table][number % files] += own
    tables["images"] = [[_image(image) for image in sorted(shown)]]
    tables["embeddings"].append([_pixels(image) for image in sorted(shown)])
    for table, parts in tables.items():
        _write(str(folder), table, parts)
    values = {"name": "test", "sources": [{"kind": "files", "name": "even", "root": "."}], "mine": mine}
    context = Context(str(folder), recipe_from_dict(values), "build")
    run_stage(GROUP, context, execute_here, lambda done, total: None)
    return context


def _write(dataset: str, table: str, files: list[list[dict[str, Any]]]) -> None:
    stage = "embed" if table == "embeddings" else "extract"
    parts = []
    for rows in files:
        digest = hashlib.sha256(json.dumps(rows, default=repr).encode()).hexdigest()[:32]
        if rows:
            parts.append(write_part(dataset, table, f"{stage}-{digest}", table_of(table, rows)))
    commit(dataset, table, stage, parts, app_id=f"test/{stage}")


def _document(number: int, version: int) -> dict[str, list[dict[str, Any]]]:
    draw, numbers = random.Random(f"{number}/{version}"), np.random.default_rng([number, version])
    doc_id = f"doc{number:03}"
    elements: list[dict[str, Any]] = []
    embeddings: list[dict[str, Any]] = []
    for position in range(draw.randint(1, 9)):
        place = {"doc_id": doc_id, "position": position}
        row: dict[str, Any] = {**place, "section": position // 3}
        if draw.random() < 0.4:
            image = f"image{draw.randrange(IMAGES):03}"
            row |= {"kind": "image", "image_id": image, "image_url": f"{image}.png", "alt": "a plot"}
        else:
            row |= {"kind": "text", "text": " ".join(draw.choices(WORDS[: 3 + number % 9], k=4))}
        elements.append(row)
        modality = "words" if row["kind"] == "image" else "text"
        vector = [float(x) for x in numbers.normal(size=WIDTH)]
        embeddings.append({**place, "modality": modality, "encoder": "minilm", "vector": vector})
    facts = {"doc_id": doc_id, "source": "even", "family": f"family{number}"}
    return {"documents": [facts], "elements": elements, "embeddings": embeddings}


def _image(image: int) -> dict[str, Any]:
    # Neighbours look alike.
    phash = random.Random(image // 2).getrandbits(64) ^ (image % 2)
    return {"image_id": f"image{image:03}", "bytes": b"x", "phash": f"{phash:016x}"}


def _pixels(image: int) -> dict[str, Any]:
    vector = [float(x) for x in np.random.default_rng(image).normal(size=WIDTH)]
    named = {"image_id": f"image{image:03}", "encoder": "efficientnet-lite0"}
    return {**named, "modality": "pixels", "vector": vector}
