"""The card of an exported dataset, as hubs and `datasets` read it."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from pipeline.export.place import Exported, Facts

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(exported: Exported, columns: Mapping[str, str], facts: Facts) -> str:
    """Return the text of `README.md`: the fields that machines read, then what people want to know.

    Args:
        exported: what was written.
        columns: what each column means.
        facts: of the dataset.
    """
    licenses = facts.licenses
    head = {
        "pretty_name": facts.name,
        "license": licenses[0].lower() if len(licenses) == 1 else "other",
        "language": list(facts.languages),
        "size_categories": [_size(exported.documents)],
        "tags": ["interleaved", "image-text", "looseleaf"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*.parquet"}]}
        ],
    }
    licences = ", ".join(licenses) if licenses else "none stated"
    meaning = "\n".join(f"| `{column}` | {text} |" for column, text in columns.items())
    return f"""---
{yaml.safe_dump(head, sort_keys=False, allow_unicode=True).strip()}
---
# {facts.name}

{exported.documents:,} documents in which {exported.images:,} pictures stand among texts, in the order
in which a person reads them; nobody paired them. Made with Looseleaf.

    from datasets import load_dataset
    documents = load_dataset("path/of/this/folder", split="train")

Licences of the documents: {licences}. The column `license` has each document's own; where it is null, neither
the document nor its source states one.

The one split holds everything. To split, keep documents of one `family`, and documents that share a picture,
on one side.

| column | meaning |
|---|---|
{meaning}
"""


def _size(documents: int) -> str:
    return next((label for most, label in _SIZES if documents < most), "n>1M")
