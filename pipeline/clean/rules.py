"""The cleaning rules: each measures something, and says which values may stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.recipe import CleanSettings


@dataclass(frozen=True)
class Rule:
    """A rule over the tables of `pipeline.clean.measures`.

    `measure` is a query that gives `unit_id`, `source` and `value` of every unit that the rule looks at. A
    unit whose value is on the wrong side of the threshold is dropped; one without a value stays.
    """

    name: str
    unit: Literal["document", "image", "image_url"]
    measure: str
    keep: Literal[">=", "<="]
    threshold: float
    detail: str  # one sentence for a person; {value} stands for what was measured


# The first copy is the one that no other rule drops, so that of several equal texts one always stays.
_COPIES_OF_TEXT = """
    SELECT doc_id AS unit_id, source, count(*) OVER (PARTITION BY text_hash) AS value
    FROM documents LEFT JOIN dropped ON dropped.unit = 'document' AND dropped.unit_id = doc_id
    WHERE n_words > 0 AND text_hash IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY text_hash ORDER BY dropped.unit_id IS NOT NULL, documents.source, path, doc_id
    ) > 1
"""
_URLS_OF_IMAGE = """
    SELECT image_url AS unit_id, source, count(*) OVER (PARTITION BY image_id) AS value
    FROM image_urls
    WHERE image_id IN (SELECT unit_id FROM image_measures)
      AND image_id NOT IN (SELECT unit_id FROM dropped WHERE unit = 'image')
    QUALIFY row_number() OVER (PARTITION BY image_id ORDER BY image_url) > 1
"""


def document_rules(settings: CleanSettings) -> list[Rule]:
    """Return the rules that drop documents, in the order in which they are asked."""
    rules = [
        Rule(
            name="too_short",
            unit="document",
            measure="SELECT doc_id AS unit_id, source, n_words AS value FROM documents",
            keep=">=",
            threshold=settings.document_min_words,
            detail=f"The document has {{value}} words, fewer than {settings.document_min_words}.",
        )
    ]
    if settings.deduplicate:
        rules.append(
            Rule(
                name="exact_duplicate",
                unit="document",
                measure=_COPIES_OF_TEXT,
                keep="<=",
                threshold=1,
                detail="The same text stands in {value} documents, of which one is kept.",
            )
        )
    return rules


def image_rules(settings: CleanSettings) -> list[Rule]:
    """Return the rules that drop images and then references to them; they follow those for documents."""
    return [
        Rule(
            name="too_small",
            unit="image",
            measure=_image("min_side"),
            keep=">=",
            threshold=settings.image_min_side,
            detail=f"The shorter side has {{value}} pixels, fewer than {settings.image_min_side}.",
        ),
        Rule(
            name="too_large",
            unit="image",
            measure=_image("max_side"),
            keep="<=",
            threshold=settings.image_max_side,
            detail=f"The longer side has {{value}} pixels, more than {settings.image_max_side}.",
        ),
        Rule(
            name="aspect",
            unit="image",
            measure=_image("aspect"),
            keep="<=",
            threshold=settings.image_max_aspect,
            detail=f"One side is {{value}} times the other, more than {settings.image_max_aspect:g} times.",
        ),
        Rule(
            name="blank",
            unit="image",
            measure=_image("contrast"),
            keep=">=",
            threshold=settings.image_min_contrast,
            detail=f"The grey values vary by {{value}}, less than {settings.image_min_contrast:g}.",
        ),
        Rule(
            name="repeated",
            unit="image",
            measure=_image("kept_documents"),
            keep="<=",
            threshold=settings.image_max_documents,
            detail=f"The image stands in {{value}} documents, more than {settings.image_max_documents}.",
        ),
        Rule(
            name="no_kept_document",
            unit="image",
            measure=_image("kept_documents"),
            keep=">=",
            threshold=1,
            detail="Every document that holds the image was dropped.",
        ),
        Rule(
            name="exact_duplicate",
            unit="image_url",
            measure=_URLS_OF_IMAGE,
            keep="<=",
            threshold=1,
            detail="{value} addresses give the same bytes, of which one is kept.",
        ),
    ]


def _image(measure: str) -> str:
    return f"SELECT unit_id, source, {measure} AS value FROM image_measures"  # noqa: S608 (our own names)
