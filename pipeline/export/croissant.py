"""Croissant metadata (MLCommons, version 1.1) of an exported dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.export.place import Facts
from storage.filesystem import join, list_sizes, read_bytes

_INTEGER_LISTS = frozenset({"caption_of", "image_index"})
_STRING_LISTS = frozenset({"kinds", "texts", "sections", "image_urls", "alts"})

#: Words of Croissant's own vocabulary, as its specification lists them.
_WORDS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract", "field",
    "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath",
    "key", "md5", "parentField", "path", "readLines", "recordSet", "references", "regex", "repeated",
    "replace", "samplingRate", "separator", "source", "subField", "transform", "unArchive", "value",
)  # fmt: skip
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "wd": "https://www.wikidata.org/wiki/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{word: f"cr:{word}" for word in _WORDS},
}


def croissant(url: str, columns: Mapping[str, str], facts: Facts) -> bytes:
    """Return `croissant.json` for the Parquet files below `url`/data.

    Args:
        url: the exported folder.
        columns: what each column means.
        facts: of the dataset.
    """
    files = sorted(list_sizes(join(url, "data")))
    metadata: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": facts.name,
        "version": facts.version,
        "datePublished": facts.published,
        "description": "Documents in which pictures stand among texts, in reading order; nobody paired them.",
        "inLanguage": list(facts.languages),
        "distribution": [_file(url, file) for file in files],
        "recordSet": list(_record_sets(files, columns)),
    }
    if facts.licenses:
        metadata["license"] = [f"https://spdx.org/licenses/{name}" for name in facts.licenses]
    return json.dumps(metadata, indent=2, ensure_ascii=False).encode()


def _file(url: str, file: str) -> dict[str, Any]:
    digest = hashlib.sha256(read_bytes(join(url, "data", file))).hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": file,
        "name": file,
        "contentUrl": f"data/{file}",
        "encodingFormat": "application/x-parquet",
        "sha256": digest,
    }


def _record_sets(files: Sequence[str], columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give a set of records for each file: a field names one file, and no tool joins several."""
    for number, file in enumerate(files):
        records = "documents" if number == 0 else f"documents-{number}"
        yield {
            "@type": "cr:RecordSet",
            "@id": records,
            "name": records,
            "description": f"One record for each document of {file}.",
            "field": [_field(records, file, column, meaning) for column, meaning in columns.items()],
        }


def _field(records: str, file: str, column: str, meaning: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": column,
        "description": meaning,
        "dataType": "sc:Integer" if column in _INTEGER_LISTS else "sc:Text",
        "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
    }
    if column == "images":
        # The reader of Croissant's own makers opens each picture of a list only by this older word.
        values |= {"dataType": "sc:ImageObject", "repeated": True}
        values["source"]["transform"] = {"jsonPath": "bytes"}
    elif column in _INTEGER_LISTS | _STRING_LISTS:
        values |= {"isArray": True, "arrayShape": "-1"}
    return values
