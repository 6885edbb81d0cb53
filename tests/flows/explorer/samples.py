"""A small dataset with everything that the explorer must cope with, made without building it."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from pipeline.recipe import recipe_from_dict
from storage import tables
from storage.builds import Build, record_build
from storage.schemas import table_of

HOSTILE = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'> javascript:window.ran=1"
BROKEN = b"\x89PNG no picture"
SHAPES = ("ellipse", "rectangle", "line")
DOCUMENTS = 70

Rows = dict[str, list[dict[str, Any]]]


def png(shape: str, size: tuple[int, int] = (160, 120)) -> bytes:
    """Return a picture of a shape."""
    image = Image.new("RGB", size, "white")
    getattr(ImageDraw.Draw(image), shape)((30, 20, 120, 90), fill="navy")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def sha(content: bytes) -> str:
    """Return the id of such bytes."""
    return hashlib.sha256(content).hexdigest()


def doc_id(number: int) -> str:
    """Return the id of a document."""
    return hashlib.sha256(f"document {number}".encode()).hexdigest()[:32]


def sample_rows(folder: Path) -> Rows:
    """Write the originals below `folder` and return the rows of each table.

    Document 0 is hostile; 1 has pictures that are kept, dropped, broken and missing; 2 was dropped; 3 has
    changed since it was read. Every third is German, every fifth of the source `notes`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [png(shape) for shape in SHAPES]
    small, broken = png("ellipse", (20, 20)), BROKEN
    rows: Rows = {
        name: [] for name in ("documents", "elements", "images", "rejections", "groups", "negatives")
    }
    for number in range(DOCUMENTS):
        original = f"<h1>Report {number}</h1><p>{HOSTILE}</p>".encode()
        path = f"{number:03}.html"
        (folder / path).write_bytes(original if number != 3 else b"another text")
        elements = _elements(number, [sha(content) for content in pictures], sha(small), sha(broken))
        images = [row for row in elements if row["kind"] == "image"]
        rows["elements"] += elements
        rows["documents"].append(
            {
                "doc_id": doc_id(number),
                "source": "notes" if number % 5 == 0 else "reports",
                "uri": (folder / path).as_uri(),
                "path": path,
                "family": doc_id(number),
                "title": f"Report {number}" if number else HOSTILE,
                "language": "de" if number % 3 == 0 else "en",
                "license": "CC0-1.0",
                "license_from": "recipe",
                "media_type": "text/html",
                "bytes": len(original),
                "content_hash": sha(original),
                "n_elements": len(elements),
                "n_texts": len(elements) - len(images),
                "n_images": len(images),
                "n_words": 10 * number,
                "n_masked": 0,
            }
        )
    for content in (*pictures, small, broken):
        size = (20, 20) if content is small else (160, 120)
        image = {"image_id": sha(content), "bytes": content, "mime": "image/png", "size": len(content)}
        rows["images"].append(image | {"width": size[0], "height": size[1]})
    rows["rejections"] = _rejections(sha(small))
    rows["groups"] = [_group(number, rows["elements"]) for number in range(DOCUMENTS) if number != 2]
    return rows


def mined_rows(folder: Path) -> Rows:
    """Return the rows of a dataset with vectors by the packaged encoders, and negatives."""
    from training.encoders.load import load_image_encoder, load_text_encoder

    rows = sample_rows(folder)
    text, pixels = load_text_encoder("minilm"), load_image_encoder("efficientnet-lite0")
    texts = [row for row in rows["elements"] if row["kind"] == "text" and not row["boilerplate"]]
    images = [
        row for row in rows["elements"] if row["kind"] == "image" and row.get("alt", "").startswith("a ")
    ]
    shapes = {sha(png(shape)): png(shape) for shape in SHAPES}
    images = [row for row in images if row.get("image_id") in shapes]

    def placed(modality: str, of: list[dict[str, Any]], vectors: Any) -> list[dict[str, Any]]:
        common = {"modality": modality, "encoder": "minilm", "encoder_version": "1"}
        places = [{name: row[name] for name in ("doc_id", "position")} for row in of]
        return [
            common | place | {"vector": list(map(float, v))} for place, v in zip(places, vectors, strict=True)
        ]

    rows["embeddings"] = [
        *placed("text", texts, text.encode([row["text"] for row in texts])),
        *placed("words", images, text.encode([row["alt"] for row in images])),
        *(
            {
                "modality": "pixels",
                "image_id": image_id,
                "encoder": "efficientnet-lite0",
                "vector": list(map(float, v)),
            }
            for image_id, v in zip(shapes, pixels.encode(list(shapes.values())), strict=True)
        ),
    ]
    rows["negatives"] = [_negative(number) for number in range(4, 64)]
    return rows


def _negative(number: int) -> dict[str, Any]:
    other = number + 1
    return {
        "group_id": f"g{number}",
        "doc_id": doc_id(number),
        "position": 3,
        "negative_group_id": f"g{other}",
        "negative_doc_id": doc_id(other),
        "negative_position": 2,
        "modality": "image->text" if number % 2 else "text->image",
        "score": 0.9 - number / 100,
        "rank": 0,
        "encoder": "minilm",
        "guards": ["same_document", "false_negative"],
        "false_probability": None if number % 7 == 0 else number / 100,
    }


def build(dataset: str, rows: Rows, source: Path, build_id: str = "b1", day: int = 1) -> Build:
    """Commit rows, in two files a table, and record a build that pins them."""
    versions = {}
    for name, of_table in rows.items():
        halves = (
            [table_of(name, of_table[start::2]) for start in (0, 1)]
            if name == "images"
            else _halves(name, of_table)
        )
        parts = [
            tables.write_part(dataset, name, f"made-{day:x}{index:x}", half)
            for index, half in enumerate(halves)
        ]
        versions[name] = tables.commit(dataset, name, "made", parts, app_id=f"{build_id}/{name}")
    sources = [{"kind": "files", "name": name, "root": str(source)} for name in ("reports", "notes")]
    made = Build(
        build_id=build_id,
        parent=None,
        stage="build",
        created_at=datetime(2026, 1, day, tzinfo=UTC),
        recipe=recipe_from_dict({"name": "samples", "sources": sources}).model_dump_json(),
        code_version="c0de",
        tables=versions,
        counts={name: len(of_table) for name, of_table in rows.items()},
    )
    record_build(dataset, made)
    return made


def _halves(name: str, rows: list[dict[str, Any]]) -> list[Any]:
    """Split rows such that a document's stay together."""
    first = [row for row in rows if int(row.get("doc_id", "0")[:1] or "0", 16) < 8]
    second = [row for row in rows if row not in first]
    return [table_of(name, half) for half in (first, second)]


def _elements(number: int, kept: list[str], small: str, broken: str) -> list[dict[str, Any]]:
    section = {"doc_id": doc_id(number), "section": 1, "section_path": [f"Report {number}"]}
    common: dict[str, Any] = section | {"boilerplate": False, "language": "en", "direction": "ltr"}
    shape = number % len(kept)
    said = HOSTILE if number == 0 else f"Beam {number} bends under a load of {10 * number} newtons."
    rows = [
        {"kind": "heading", "level": 1, "text": f"Report {number}"},
        {"kind": "text", "text": "Home | Imprint", "boilerplate": True},
        {"kind": "text", "text": said},
        {
            "kind": "image",
            "image_id": kept[shape],
            "image_url": f"{SHAPES[shape]}.png",
            "alt": f"a {SHAPES[shape]}",
        },
        {"kind": "text", "text": f"Figure {number}: {SHAPES[shape]}", "caption_of": 3},
        {"kind": "table", "text": "| a | b |", "cells": [["a", "b"], [HOSTILE, "2"]]},
    ]
    if number == 1:
        rows += [
            {"kind": "image", "image_id": small, "image_url": "small.png", "alt": "an icon"},
            {"kind": "image", "image_id": broken, "image_url": "broken.png", "alt": "a broken picture"},
            {"kind": "image", "image_url": "gone.png", "alt": "a picture that is gone"},
        ]
    return [common | row | {"position": position} for position, row in enumerate(rows)]


def _rejections(small: str) -> list[dict[str, Any]]:
    def dropped(
        unit: str, unit_id: str, rule: str, value: float | None, threshold: float | None
    ) -> dict[str, Any]:
        detail = f"Dropped by {rule}."
        row = {"stage": "clean", "unit": unit, "unit_id": unit_id, "rule": rule, "detail": detail}
        return row | {"value": value, "threshold": threshold, "source": "reports"}

    return [
        dropped("document", doc_id(2), "too_short", 3.0, 5.0),
        dropped("image", small, "too_small", 20.0, 96.0),
        dropped("image_url", "gone.png", "missing", None, None),
        dropped("element", f"{doc_id(4)}#1", "cookie_notice", 2.0, 1.0),
        {
            "stage": "negatives",
            "unit": "negative",
            "unit_id": "image->text",
            "rule": "same_document",
            "value": 9.0,
        },
    ]


def _group(number: int, elements: list[dict[str, Any]]) -> dict[str, Any]:
    own = [row for row in elements if row["doc_id"] == doc_id(number)]
    images = [row["position"] for row in own if row["kind"] == "image" and row.get("image_id")]
    texts = [row["position"] for row in own if row["kind"] == "text" and not row["boilerplate"]]
    return {
        "group_id": hashlib.sha256(f"group {number}".encode()).hexdigest()[:32],
        "kind": "document",
        "doc_id": doc_id(number),
        "source": "reports",
        "family": doc_id(number),
        "images": images,
        "texts": texts,
        "prior": [0.25, 0.75] * len(images),
    }
