"""One handbook in three languages in one build: shared pictures once, languages as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.compute as pc

from flows.bench.corpora import debian_tree
from pipeline.extract.stage import EXTRACT
from pipeline.images.fetch import FETCH
from pipeline.images.resolve import RESOLVE
from pipeline.images.stage import IMAGES
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage import tables

LANGUAGES = ("en", "ja", "zh")
_LONG = 100
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")


def written_in(text: str) -> str:
    """Return the language by its script, of the three that there are here."""
    if len(_CJK.findall(text)) < 0.2 * len(text):
        return "en"
    return "ja" if _KANA.search(text) else "zh"


def test_three_languages_in_one_build(tmp_path: Path) -> None:
    sources = [
        {
            "kind": "files",
            "name": language,
            "root": str(debian_tree(f"kicad-doc-{language}") / "usr/share/doc/kicad"),
        }
        for language in LANGUAGES
    ]
    context = Context(str(tmp_path), recipe_from_dict({"name": "kicad", "sources": sources}), "b")
    for stage in (EXTRACT, FETCH, RESOLVE, IMAGES):
        run_stage(stage, context, execute_here, lambda done, total: None)

    elements = tables.read(
        str(tmp_path), "elements", columns=["doc_id", "kind", "text", "language", "image_id"]
    )
    prose = elements.filter(pc.field("kind").isin(["text", "list_item", "heading", "quote"])).to_pylist()
    long = [(row["text"], row["language"]) for row in prose if row["text"] and len(row["text"]) > _LONG]
    right = sum(language == written_in(text) for text, language in long)
    by_script = {language: sum(written_in(text) == language for text, _ in long) for language in LANGUAGES}
    print(f"{right} of {len(long)} elements are right; {by_script}")
    assert all(by_script.values())
    assert right >= 0.95 * len(long)

    images = tables.read(str(tmp_path), "images", columns=["image_id"])["image_id"].to_pylist()
    assert len(images) == len(set(images))
    sources_of = tables.read(str(tmp_path), "documents", columns=["doc_id", "source"])
    source = dict(zip(sources_of["doc_id"].to_pylist(), sources_of["source"].to_pylist(), strict=True))
    holders: dict[str, set[str]] = {}
    for row in elements.filter(pc.field("image_id").is_valid()).to_pylist():
        holders.setdefault(row["image_id"], set()).add(source[row["doc_id"]])
    shared = {image_id for image_id, of in holders.items() if len(of) == len(LANGUAGES)}
    print(f"{len(shared)} images stand in all three languages, {len(images)} are stored")
    assert len(shared) >= 50
    assert shared <= set(images)
