"""The whole search over a small dataset, with the packaged encoders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from flows.searching import search
from flows.searching.places import Filters
from pipeline.recipe import Recipe
from storage.builds import Build, record_build
from storage.errors import LooseleafError
from storage.schemas import table_of
from storage.tables import commit, write_part
from training.embed import embedding_rows
from training.encoders.load import load_image_encoder, load_text_encoder

TEXTS = ("The beam bends under its load.", "Heat flows through the wall.", "Die Wand ist warm.")
SHAPES = ("ellipse", "rectangle", "line")


@pytest.fixture(name="dataset", scope="module")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("search")
    dataset = str(folder / "data")
    for shape in SHAPES:
        image = Image.new("RGB", (160, 120), "white")
        getattr(ImageDraw.Draw(image), shape)((30, 20, 120, 90), fill="navy")
        image.save(folder / f"{shape}.png")
    pixels = load_image_encoder("efficientnet-lite0").encode(
        [(folder / f"{shape}.png").read_bytes() for shape in SHAPES]
    )
    text = load_text_encoder("minilm")
    elements: list[dict[str, object]] = []
    for index, (words, shape) in enumerate(zip(TEXTS, SHAPES, strict=True)):
        common = {"doc_id": f"d{index}", "section_path": ["Report", f"Part {index}"], "page": index + 1}
        elements += [
            {"position": 0, "kind": "text", "text": words, **common},
            {"position": 1, "kind": "image", "image_id": shape, "image_url": f"/{shape}.png", **common},
            {"position": 2, "kind": "text", "text": f"Figure {index}", "caption_of": 1, **common},
        ]
    rows = {
        "documents": table_of(
            "documents",
            [
                {
                    "doc_id": f"d{i}",
                    "source": "ab"[i // 2],
                    "uri": f"/{i}.pdf",
                    "language": "en" if i < 2 else "de",
                }
                for i in range(3)
            ],
        ),
        "elements": table_of("elements", elements),
        "embeddings": embedding_rows("pixels", "e", "1", pixels, image_ids=list(SHAPES)),
    }
    versions = {}
    for name, table in rows.items():
        versions[name] = commit(dataset, name, "t", [write_part(dataset, name, "t-1", table)], app_id="t")
    texts = embedding_rows(
        "text", "m", "1", text.encode(list(TEXTS)), places=[(f"d{i}", 0) for i in range(3)]
    )
    more = write_part(dataset, "embeddings", "u-1", texts)
    versions["embeddings"] = commit(dataset, "embeddings", "u", [more], app_id="u")
    recipe = Recipe.model_validate(
        {"name": "r", "sources": [{"kind": "files", "name": "a", "root": str(folder)}]}
    )
    record_build(dataset, build_of(versions, recipe.model_dump_json()))
    return dataset


def build_of(versions: dict[str, int], recipe: str) -> Build:
    return Build(
        build_id="b1",
        parent=None,
        stage="build",
        recipe=recipe,
        code_version="1",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        tables=versions,
        counts={},
        stages={},
    )


def test_a_hit_says_where_it_stands(dataset: str) -> None:
    found = search(dataset, "bending of a beam", top=1)
    (hit,) = found["texts"]
    assert hit["text"] == TEXTS[0]
    assert (hit["page"], hit["section_path"], hit["document"]) == (1, ["Report", "Part 0"], "/0.pdf")
    assert hit["why"] == ["says bending, beam"]


def test_a_picture_finds_itself_with_its_caption(dataset: str) -> None:
    file = str(Path(dataset).parent / "rectangle.png")
    for found in (search(dataset, file), search(dataset, None, file)):
        assert found["images"][0]["image_id"] == "rectangle"
        assert found["images"][0]["score"] == pytest.approx(1.0, abs=1e-3)
        assert found["images"][0]["caption"] == "Figure 1"
        assert found["texts"] == []


def test_words_and_a_picture_together(dataset: str) -> None:
    found = search(dataset, "warm wall", str(Path(dataset).parent / "line.png"))
    assert found["images"][0]["image_id"] == "line"
    assert found["texts"][0]["text"] in TEXTS[1:]


def test_filters_narrow(dataset: str) -> None:
    assert {hit["doc_id"] for hit in search(dataset, "beam", filters=Filters(source="b"))["texts"]} == {"d2"}
    assert {hit["doc_id"] for hit in search(dataset, "beam", filters=Filters(language="de"))["texts"]} == {
        "d2"
    }
    assert search(dataset, "beam", filters=Filters(kind="image"))["texts"] == []


@pytest.mark.parametrize(
    ("filters", "said"),
    [(Filters(source="x"), "its sources are a, b"), (Filters(kind="x"), "choose from heading")],
)
def test_a_filter_that_nothing_passes_is_named(dataset: str, filters: Filters, said: str) -> None:
    with pytest.raises(LooseleafError, match=said):
        search(dataset, "beam", filters=filters)


def test_nothing_asked_is_named(dataset: str) -> None:
    with pytest.raises(LooseleafError, match="nothing to search for"):
        search(dataset, None)
    with pytest.raises(LooseleafError, match="not named like an image"):
        search(dataset, "words", "notes.txt")
