"""A dataset of two sources, with what a report must cope with, and a tiny run that learned from it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from storage import tables
from storage.builds import Build, record_build
from storage.schemas import table_of
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.config import config_from
from training.evaluate import compare

HOSTILE = "<script>fetch('https://evil.example')</script><img src=x onerror=alert(1)> in a text"
_STEPS = 20


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Documents of the sample shards and a hostile one, with kept, rejected and missing images; mined."""
    root = tmp_path_factory.mktemp("report") / "dataset"
    write_samples(root / "shards" / "packed", documents=36)
    rows = _sample_rows(str(root / "shards" / "packed"))
    for name, more in _hostile_rows().items():
        rows[name] += more
    build_tables(str(root), rows)
    return str(root)


@pytest.fixture(scope="session")
def run(dataset: str) -> str:
    """A run on the dataset's shards, measured beside one baseline."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    config = config_from({"steps": _STEPS, "batch": {"documents": 8}, "optimizer": {"lr": 3e-3}})
    place = str(Path(dataset).parent / "run")
    from training.baselines import compared_objectives
    from training.loop import train_loop

    train_loop(config, f"{dataset}/shards/packed", place)
    compare(
        place,
        config,
        f"{dataset}/shards/packed",
        seeds=2,
        objectives=compared_objectives(config.objective)[:3],
    )
    torch.set_num_threads(threads)
    return place


def build_tables(dataset: str, rows: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    """Commit rows of each table and record a build that pins them."""
    versions = {}
    for name, of_table in rows.items():
        if of_table:
            part = tables.write_part(dataset, name, "made-0a", table_of(name, list(of_table)))
            versions[name] = tables.commit(dataset, name, "made", [part], app_id=f"samples/{name}")
    record_build(
        dataset,
        Build(
            build_id="samples",
            parent=None,
            stage="build",
            created_at=datetime(2026, 1, 2, tzinfo=UTC),
            recipe='{"name": "samples"}',
            code_version="c0de",
            tables=versions,
            counts={name: len(of_table) for name, of_table in rows.items()},
            stages={"extract": {"seconds": 1.5, "peak_memory": 2**20 * 7, "chunks": 3}},
        ),
    )


def picture(seed: int, size: tuple[int, int] = (600, 400)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1] // 20, size[0] // 20, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def _sample_rows(shards: str) -> dict[str, list[dict[str, Any]]]:
    reader = open_shards(shards)
    batch = reader.batch(np.arange(len(reader)))
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("documents", "elements", "images", "rejections", "negatives")
    }
    for at, doc_id in enumerate(batch.doc_ids):
        images = range(*batch.image_offsets[at : at + 2].tolist())
        texts = range(*batch.text_offsets[at : at + 2].tolist())
        rows["documents"].append(document(doc_id, batch.sources[at], len(images) + len(texts)))
        elements = [text(doc_id, int(batch.text_position[index]), batch.texts[index]) for index in texts]
        elements += [
            image(
                doc_id,
                int(batch.image_position[index]),
                f"https://pictures.example/{batch.image_ids[index]}.png",
                batch.image_ids[index],
            )
            for index in images
        ]
        rows["elements"] += elements
        rows["images"] += [stored(batch.image_ids[index], index) for index in images]
    rows["rejections"] = [
        {
            "stage": "clean",
            "unit": "image",
            "unit_id": batch.image_ids[0],
            "rule": "aspect",
            "value": 9.5,
            "threshold": 6.0,
            "detail": "One side is far longer.",
        },
        {
            "stage": "clean",
            "unit": "document",
            "unit_id": batch.doc_ids[-1],
            "source": batch.sources[-1],
            "rule": "too_short",
            "value": 2.0,
            "threshold": 5.0,
        },
        {
            "stage": "negatives",
            "unit": "negative",
            "unit_id": "image->text",
            "rule": "same_document",
            "value": 17.0,
        },
    ]
    rows["negatives"] = [
        {
            "doc_id": batch.doc_ids[1],
            "position": int(batch.image_position[batch.image_offsets[1]]),
            "negative_doc_id": batch.doc_ids[2],
            "negative_position": int(batch.text_position[batch.text_offsets[2]]),
            "modality": "image->text",
            "score": 0.5,
            "rank": 0,
            "encoder": "none",
            "guards": ["same_document"],
            "false_probability": 0.41,
        }
    ]
    return rows


def _hostile_rows() -> dict[str, list[dict[str, Any]]]:
    name = "hostile"
    elements = [
        {
            "doc_id": name,
            "position": 0,
            "kind": "heading",
            "level": 1,
            "text": "A heading",
            "boilerplate": False,
        },
        text(name, 1, HOSTILE),
        image(
            name,
            2,
            'https://pictures.example/"><script>alert(2)</script>.png',
            "hostile-image",
            alt='"><script>alert(3)</script>',
        ),
        {**text(name, 3, "What the picture shows"), "caption_of": 2},
        image(name, 4, "https://pictures.example/gone.png", None),
        image(name, 5, "https://pictures.example/odd.svg", "never-stored"),
        image(name, 6, "https://pictures.example/again.png", "hostile-image"),
        {**text(name, 7, "first\nsecond"), "kind": "code"},
        {
            **text(name, 8, "| a | b |\n| --- | --- |\n| 1 \\| 2 | </td><script>alert(4)</script> |"),
            "kind": "table",
        },
        {**text(name, 9, "an item"), "kind": "list_item", "level": 1},
        {**text(name, 10, "another"), "kind": "list_item", "level": 2},
        {**text(name, 11, "All rights reserved"), "boilerplate": True},
    ]
    return {
        "documents": [document(name, "web", len(elements), title="<script>alert(5)</script>")],
        "elements": elements,
        "images": [stored("hostile-image", 999)],
        "rejections": [
            {
                "stage": "images",
                "unit": "image",
                "unit_id": "never-stored",
                "rule": "format",
                "detail": "The bytes are svg.",
            },
            {
                "stage": "fetch",
                "unit": "image_url",
                "unit_id": "https://pictures.example/gone.png",
                "rule": "missing",
                "detail": "<b>404</b>",
            },
            {
                "stage": "clean",
                "unit": "image_url",
                "unit_id": "https://pictures.example/again.png",
                "rule": "exact_duplicate",
            },
        ],
    }


def document(doc_id: str, source: str, elements: int, title: str = "A title") -> dict[str, Any]:
    path = f"{doc_id}.html"
    known = {
        "doc_id": doc_id,
        "source": source,
        "uri": f"https://{source}.example/{path}",
        "path": path,
        "title": title,
    }
    return {**known, "n_elements": elements, "n_texts": 1, "n_images": 1, "n_words": 9}


def text(doc_id: str, position: int, words: str) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "position": position,
        "kind": "text",
        "text": words,
        "section": 0,
        "boilerplate": False,
    }


def image(doc_id: str, position: int, url: str, image_id: str | None, alt: str = "") -> dict[str, Any]:
    known = {"doc_id": doc_id, "position": position, "kind": "image", "section": 0, "boilerplate": False}
    return {**known, "image_url": url, "image_id": image_id, "alt": alt}


def stored(image_id: str, seed: int) -> dict[str, Any]:
    content = picture(seed)
    return {
        "image_id": image_id,
        "bytes": content,
        "mime": "image/png",
        "width": 600,
        "height": 400,
        "size": len(content),
    }
