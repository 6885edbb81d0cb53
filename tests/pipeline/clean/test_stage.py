from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.clean.stage import CLEAN
from pipeline.stage import Context

MakeContext = Callable[..., Context]


def document(name: str, text: str = "", words: int = 50, source: str = "a") -> dict[str, Any]:
    return {
        "doc_id": f"{source}:{name}",
        "source": source,
        "path": name,
        "text_hash": text or name,
        "n_words": words,
    }


def reference(doc_id: str, position: int, url: str, image_id: str | None) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "position": position,
        "kind": "image",
        "image_url": url,
        "image_id": image_id,
    }


def image(image_id: str, width: int = 300, height: int = 200, contrast: float = 40.0) -> dict[str, Any]:
    return {"image_id": image_id, "bytes": b"", "width": width, "height": height, "contrast": contrast}


def rejections_of(context: Context) -> list[dict[str, Any]]:
    (chunk,) = CLEAN.plan(context)
    return CLEAN.process(context, chunk)["rejections"].to_pylist()


def rules_of(context: Context) -> dict[tuple[str, str], float]:
    return {(row["rule"], row["unit_id"]): row["value"] for row in rejections_of(context)}


def test_each_rule_drops_what_it_measures(context_of: MakeContext) -> None:
    good = document("good")
    context = context_of(
        {
            "documents": [good, document("short", words=4), document("z", "same"), document("y", "same")],
            "elements": [
                reference("a:good", i, f"{name}.png", name)
                for i, name in enumerate(["fine", "small", "large", "long", "blank"])
            ]
            + [reference("a:short", 0, "lost.png", "lost"), reference("a:good", 9, "again.png", "fine")],
            "images": [
                image("fine"),
                image("small", 95),
                image("large", 30_000, 29_000),
                image("long", 1300, 200),
                image("blank", contrast=1.0),
                image("lost"),
                image("unreferenced"),
            ],
        }
    )
    assert rules_of(context) == {
        ("too_short", "a:short"): 4,
        ("exact_duplicate", "a:z"): 2,
        ("too_small", "small"): 95,
        ("too_large", "large"): 30_000,
        ("aspect", "long"): 6.5,
        ("blank", "blank"): 1.0,
        ("no_kept_document", "lost"): 0,
        ("no_kept_document", "unreferenced"): 0,
        ("exact_duplicate", "fine.png"): 2,
    }
    short = next(row for row in rejections_of(context) if row["rule"] == "too_short")
    assert short["detail"] == "The document has 4 words, fewer than 5."
    assert (short["stage"], short["unit"], short["source"], short["threshold"]) == (
        "clean",
        "document",
        "a",
        5,
    )


def test_an_image_in_many_documents_is_a_logo(context_of: MakeContext) -> None:
    documents = [document(f"{i}") for i in range(4)]
    elements = [reference(f"a:{i}", 0, "logo.png", "logo") for i in range(4)]
    tables = {"documents": documents, "elements": elements, "images": [image("logo")]}
    assert rules_of(context_of(tables, clean={"image_max_documents": 3})) == {("repeated", "logo"): 4}
    assert rules_of(context_of(tables, clean={"image_max_documents": 4})) == {}
    # Copies of one document are one.
    copies = [{**row, "text_hash": "same"} for row in documents]
    found = rules_of(context_of({**tables, "documents": copies}, clean={"image_max_documents": 3}))
    assert {rule for rule, _ in found} == {"exact_duplicate"}


def test_duplicates_stay_if_the_recipe_says_so(context_of: MakeContext) -> None:
    tables = {"documents": [document("a", "same"), document("b", "same")]}
    assert rules_of(context_of(tables, clean={"deduplicate": False})) == {}


def test_documents_without_text_are_no_duplicates(context_of: MakeContext) -> None:
    tables = {"documents": [document("a", "empty", words=0), document("b", "empty", words=0)]}
    assert rules_of(context_of(tables, clean={"document_min_words": 0})) == {}


def test_a_copy_stays_although_an_earlier_stage_dropped_the_first(context_of: MakeContext) -> None:
    dropped = {"stage": "extract", "unit": "document", "unit_id": "a:a", "rule": "damaged"}
    context = context_of(
        {"documents": [document("a", "same"), document("b", "same")], "rejections": [dropped]}
    )
    assert rules_of(context) == {("exact_duplicate", "a:a"): 2}


def test_an_empty_dataset_has_nothing_to_reject(context_of: MakeContext) -> None:
    assert rejections_of(context_of({})) == []


def random_tables(seed: int) -> dict[str, list[dict[str, Any]]]:
    draw = random.Random(seed)
    documents = [
        document(f"{i:02}", draw.choice("abcdefgh"), draw.randint(0, 12), draw.choice("xy"))
        for i in range(draw.randint(0, 12))
    ]
    images = [
        image(f"i{i}", draw.choice([50, 300, 5000]), 300, draw.choice([0.5, 40.0]))
        for i in range(draw.randint(0, 6))
    ]
    ids = [row["image_id"] for row in images] + [None, "undecodable"]
    urls = {f"u{i}": draw.choice(ids) for i in range(10)}
    elements = [
        reference(row["doc_id"], position, url, urls[url])
        for row in documents
        for position, url in enumerate(draw.choices(sorted(urls), k=draw.randint(0, 5)))
    ]
    return {"documents": documents, "elements": elements, "images": images}


@pytest.mark.parametrize("seed", range(12))
def test_everything_ends_in_one_state_whatever_the_order(seed: int, context_of: MakeContext) -> None:
    tables = random_tables(seed)
    rows = rejections_of(context_of(tables, clean={"image_max_documents": 2}))
    dropped = {(row["unit"], row["unit_id"]) for row in rows}
    kept_documents = [d for d in tables["documents"] if ("document", d["doc_id"]) not in dropped]
    rejected_documents = {unit_id for unit, unit_id in dropped if unit == "document"}
    assert len(tables["documents"]) == len(kept_documents) + len(rejected_documents)

    with_rows = {row["image_id"] for row in tables["images"]}
    kept_images = {name for name in with_rows if ("image", name) not in dropped}
    states = Counter[str]()
    for url, image_id in {row["image_url"]: row["image_id"] for row in tables["elements"]}.items():
        if image_id is None:
            states["missing"] += 1
        elif image_id not in kept_images or ("image_url", url) in dropped:
            states["rejected"] += 1
        else:
            states["kept"] += 1
        if ("image_url", url) in dropped:
            assert image_id in kept_images
    assert states["kept"] == len(kept_images)
    kept_ids = {row["doc_id"] for row in kept_documents}
    holders = {row["image_id"] for row in tables["elements"] if row["doc_id"] in kept_ids}
    assert kept_images <= holders
    texts = {row["text_hash"] for row in tables["documents"] if row["n_words"] >= 5}
    assert sorted(row["text_hash"] for row in kept_documents) == sorted(texts)

    shuffled = {table: random.Random(seed + 1).sample(rows, len(rows)) for table, rows in tables.items()}
    assert rejections_of(context_of(shuffled, clean={"image_max_documents": 2})) == rows


def test_the_plan_changes_with_the_files_and_not_with_later_rejections(context_of: MakeContext) -> None:
    first = context_of({"documents": [document("a")]})
    second = context_of({"documents": [document("a")], "images": [image("i")]})
    assert next(CLEAN.plan(first)) != next(CLEAN.plan(second))
    assert next(CLEAN.plan(first)) == next(CLEAN.plan(first))
