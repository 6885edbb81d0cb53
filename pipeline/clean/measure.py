"""The stage `measure`: what the rules look at, of every document, text and image, once and stored.

It knows no threshold: whatever a recipe says, its chunks are the same, and `clean` decides by its tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import text
from pipeline.clean.database import file_names
from pipeline.clean.minhash import signatures
from pipeline.clean.words import count_sentences, stop_words, words_of
from pipeline.extract.language import language_and_probability
from pipeline.images.rights import rights_of
from pipeline.privacy.mask import mask
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage.filesystem import join
from storage.manifests import items_of_file
from storage.parts import read_batches
from storage.schemas import DOCUMENT_STATS, ELEMENT_STATS, ELEMENTS, IMAGE_STATS, IMAGES

#: Kinds whose text is measured; headings and formulas are context.
MEASURED_KINDS = frozenset({"text", "list_item", "quote", "table", "code"})
#: Tokens below which the punctuation of a single text says nothing (OBELICS).
_PUNCTUATED = 12
_COLUMNS = ("doc_id", "position", "kind", "text", "boilerplate", "language")
_IMAGE_COLUMNS = ("image_id", "bytes", "mime", "width", "height", "phash", "contrast")
_ROWS = 2048
_IMAGE_ROWS = 16


def _plan(context: Context) -> Iterator[Chunk]:
    for table, unit in (("elements", "documents"), ("images", "images")):
        for name in file_names(context.dataset, table):
            written = items_of_file(context.dataset, name)
            if written is None:
                yield Chunk({"table": table, "file": name})
                continue
            items = [
                Item(one.name, {"rows": one.told.get("text", one.key)}, unit=unit)
                for one in written
                if table in one.rows
            ]
            yield Chunk({"table": table}, {"file": name}, items)


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    table = chunk.inputs["table"]
    url = join(context.dataset, table, chunk.inputs.get("file") or chunk.known["file"])
    numbers = {item.name: number for number, item in enumerate(chunk.items)}
    if table == "images":
        rows = list(_images(url, context.recipe.clean.mask, numbers))
        return {"image_stats": _numbered(rows, IMAGE_STATS, "image_id", numbers)}
    documents: list[dict[str, Any]] = []
    elements: list[dict[str, Any]] = []
    words: list[list[str]] = []
    for doc_id, texts in groupby(_texts(url, numbers), lambda row: row["doc_id"]):
        content = sorted(texts, key=lambda row: row["position"])
        whole = "\n".join(row["text"] for row in content)
        language, probability = language_and_probability(whole)
        words.append(words_of(whole))
        documents.append(
            {"doc_id": doc_id, "language": language, "language_probability": probability}
            | _document(whole, words[-1], language)
        )
        elements += [_element(row, language) for row in content]
    for row, signature in zip(documents, signatures(words), strict=True):
        row["minhash"] = signature
    return {
        "document_stats": _numbered(documents, DOCUMENT_STATS, "doc_id", numbers),
        "element_stats": _numbered(elements, ELEMENT_STATS, "doc_id", numbers),
    }


def _numbered(
    rows: list[dict[str, Any]], schema: pa.Schema, name: str, numbers: Mapping[str, int]
) -> pa.Table:
    """Return rows as a table; of a chunk with items they say whose they are."""
    table = pa.Table.from_pylist(rows, schema=schema)
    return with_items(table, [numbers[row[name]] for row in rows]) if numbers else table


def _texts(url: str, only: Collection[str]) -> Iterator[dict[str, Any]]:
    """Give the rows that are a document's own text, of some documents or of all.

    Those of one document lie together.
    """
    for batch in read_batches([url], ELEMENTS, _COLUMNS, _ROWS):
        for row in _some(batch, "doc_id", only).to_pylist():
            if row["kind"] in MEASURED_KINDS and row["text"] and not row["boilerplate"]:
                yield row


def _some(batch: pa.RecordBatch, column: str, only: Collection[str]) -> pa.RecordBatch:
    return batch.filter(pc.is_in(batch[column], value_set=pa.array(only, pa.string()))) if only else batch


def _document(whole: str, words: list[str], language: str | None) -> dict[str, Any]:
    raw = whole.split()
    return {
        "words": len(words),
        "sentences": sum(count_sentences(line) for line in whole.split("\n")),
        "character_repetition": text.character_repetition(whole),
        "word_repetition": text.word_repetition(words),
        "special": text.special(whole),
        "stop_words": text.stop_word_share(words, stop_words(language)),
        "punctuation": text.punctuation(whole),
        "word_length": text.mean_length(words),
        "alphabetic": text.alphabetic(raw),
        "symbols": text.symbols(whole, raw),
        "braces": whole.count("{") + whole.count("}"),
        "lorem": whole.lower().count("lorem ipsum"),
    }


def _element(row: Mapping[str, Any], language: str | None) -> dict[str, Any]:
    content = row["text"]
    words = words_of(content)
    folded = " ".join(content.split())
    return {
        "doc_id": row["doc_id"],
        "position": row["position"],
        "kind": row["kind"],
        "words": len(words),
        "character_repetition": text.character_repetition(content),
        "word_repetition": text.word_repetition(words),
        "special": text.special(content),
        "stop_words": text.stop_word_share(words, stop_words(row["language"] or language)),
        "punctuation": text.punctuation(content, _PUNCTUATED),
        "ends_sentence": text.ends_sentence(content),
        "policy": text.policy_phrases(content),
        "text_hash": hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:32],
    }


def _images(url: str, kinds: Collection[str], only: Collection[str]) -> Iterator[dict[str, Any]]:
    for batch in read_batches([url], IMAGES, _IMAGE_COLUMNS, _IMAGE_ROWS):
        for row in _some(batch, "image_id", only).to_pylist():
            rights = rights_of(row["bytes"] or b"")
            low, high = sorted((row["width"] or 0, row["height"] or 0))
            yield {
                "image_id": row["image_id"],
                "format": (row["mime"] or "").removeprefix("image/") or None,
                "min_side": low,
                "max_side": high,
                "aspect": high / max(low, 1),
                "contrast": row["contrast"],
                "phash": row["phash"],
                "license": mask(rights.license, kinds)[0] if rights.license else None,
                "copyright": mask(rights.copyright, kinds)[0] if rights.copyright else None,
                "rights_from": rights.stated_in,
            }


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    # No threshold reaches this stage.
    return {"mask": sorted(recipe.clean.mask)}


#: Writes `document_stats`, `element_stats` and `image_stats`.
MEASURE = Stage(
    name="measure",
    tables=("document_stats", "element_stats", "image_stats"),
    plan=_plan,
    process=_process,
    settings=_settings,
)
