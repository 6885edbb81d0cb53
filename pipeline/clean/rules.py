"""The cleaning rules: each measures something, and says which values may stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.recipe import CleanSettings


@dataclass(frozen=True)
class Rule:
    """A rule over the tables of `pipeline.clean.measures`.

    `measure` is a query that gives `unit_id`, `source` and `value` of every unit that the rule looks at. A
    unit whose value is on the wrong side of the threshold is dropped; one without a value stays.
    """

    name: str
    unit: Literal["document", "element", "image", "image_url"]
    measure: str
    keep: Literal[">=", "<="]
    threshold: float
    detail: str  # one sentence for a person; {value} stands for what was measured
    listed: tuple[str, ...] | None = None  # bound to $listed where the query asks for it


@dataclass(frozen=True)
class _Kind:
    """A rule whose threshold is a recipe's setting; `{limit}` in its sentence stands for that."""

    setting: str
    name: str
    column: str
    keep: Literal[">=", "<="]
    detail: str


_ELEMENT_KINDS = (
    _Kind("element_min_words", "few_words", "words", ">=", "The text has {value} words, fewer than {limit}."),
    _Kind("element_max_words", "many_words", "words", "<=", "The text has {value} words, more than {limit}."),
    _Kind("element_max_character_repetition", "character_repetition", "character_repetition", "<=",
          "Repeated 10-grams of characters are {value} of all, more than {limit}."),
    _Kind("element_max_word_repetition", "word_repetition", "word_repetition", "<=",
          "Repeated 5-grams of words are {value} of all, more than {limit}."),
    _Kind("element_max_special", "special_characters", "special", "<=",
          "Characters that are no letters are {value} of all, more than {limit}."),
    _Kind("element_min_stop_words", "stop_words", "stop_words", ">=",
          "Stop words are {value} of all words, less than {limit}."),
    _Kind("element_min_punctuation", "punctuation", "punctuation", ">=",
          "Punctuation is {value} of all tokens, less than {limit}."),
    _Kind("element_ends_sentence", "open_end", "ends_sentence::INT", ">=",
          "The text does not end as a sentence does."),
    _Kind("element_max_policy", "policy", "policy", "<=",
          "The text holds {value} phrases of cookie and script notices."),
    _Kind("element_max_repeats", "repeated_paragraph", "repeats", "<=",
          "The same text stands {value} times in one site, more than {limit}."),
)  # fmt: skip

_DOCUMENT_KINDS = (
    _Kind("document_min_words", "too_short", "kept_words", ">=",
          "The document has {value} words, fewer than {limit}."),
    _Kind("document_max_words", "too_long", "kept_words", "<=",
          "The document has {value} words, more than {limit}."),
    _Kind("document_min_language", "unsure_language", "language_probability", ">=",
          "Its language has the probability {value}, less than {limit}."),
    _Kind("document_min_sentences", "few_sentences", "sentences", ">=",
          "The document has {value} sentences, fewer than {limit}."),
    _Kind("document_max_sentences", "many_sentences", "sentences", "<=",
          "The document has {value} sentences, more than {limit}."),
    _Kind("document_max_character_repetition", "character_repetition", "character_repetition", "<=",
          "Repeated 10-grams of characters are {value} of all, more than {limit}."),
    _Kind("document_max_word_repetition", "word_repetition", "word_repetition", "<=",
          "Repeated 5-grams of words are {value} of all, more than {limit}."),
    _Kind("document_max_special", "special_characters", "special", "<=",
          "Characters that are no letters are {value} of all, more than {limit}."),
    _Kind("document_min_stop_words", "stop_words", "stop_words", ">=",
          "Stop words are {value} of all words, less than {limit}."),
    _Kind("document_min_punctuation", "punctuation", "punctuation", ">=",
          "Punctuation is {value} of all tokens, less than {limit}."),
    _Kind("document_min_word_length", "short_words", "word_length", ">=",
          "Words have {value} characters on average, fewer than {limit}."),
    _Kind("document_max_word_length", "long_words", "word_length", "<=",
          "Words have {value} characters on average, more than {limit}."),
    _Kind("document_min_alphabetic", "alphabetic", "alphabetic", ">=",
          "Words with a letter are {value} of all, less than {limit}."),
    _Kind("document_max_symbols", "symbols", "symbols", "<=",
          "There are {value} signs for each word, more than {limit}."),
    _Kind("document_max_braces", "braces", "braces", "<=", "The text holds {value} curly brackets."),
    _Kind("document_max_lorem", "lorem_ipsum", "lorem", "<=", "The filler stands {value} times in the text."),
)  # fmt: skip

_IMAGE_KINDS = (
    _Kind("image_min_side", "too_small", "min_side", ">=",
          "The shorter side has {value} pixels, fewer than {limit}."),
    _Kind("image_max_side", "too_large", "max_side", "<=",
          "The longer side has {value} pixels, more than {limit}."),
    _Kind("image_max_aspect", "aspect", "aspect", "<=",
          "One side is {value} times the other, more than {limit} times."),
    _Kind("image_min_contrast", "blank", "contrast", ">=",
          "The grey values vary by {value}, less than {limit}."),
    _Kind("image_max_documents", "repeated", "kept_documents", "<=",
          "The image stands in {value} documents, more than {limit}."),
)  # fmt: skip

_COUNT_KINDS = (
    _Kind("document_min_images", "few_images", "kept_images", ">=",
          "The document has {value} images that are kept, fewer than {limit}."),
    _Kind("document_max_images", "many_images", "kept_images", "<=",
          "The document has {value} images that are kept, more than {limit}."),
)  # fmt: skip

_LANGUAGE = (
    "SELECT unit_id, source, (language IN (SELECT unnest($listed)))::INT AS value FROM document_measures"
)
_FORMAT = "SELECT unit_id, source, (format IN (SELECT unnest($listed)))::INT AS value FROM image_measures"
# An image stays if one of its addresses is without such a word.
_URL_WORDS = """
    SELECT unit_id, source, list_min(list_transform(urls, lambda url: len(list_filter(
        $listed::VARCHAR[], lambda word: contains(lower(url), word))))) AS value
    FROM image_measures
"""
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


def element_rules(settings: CleanSettings) -> list[Rule]:
    """Return the rules that drop single texts; they are asked first."""
    return _set(settings, _ELEMENT_KINDS, "element", "element_measures")


def document_rules(settings: CleanSettings) -> list[Rule]:
    """Return the rules that drop documents by their text, in the order in which they are asked."""
    rules = _set(settings, _DOCUMENT_KINDS, "document", "document_measures")
    if settings.document_languages is not None:
        detail = f"The document is not written in {' or '.join(settings.document_languages)}."
        rules.append(
            Rule("language", "document", _LANGUAGE, ">=", 1, detail, listed=settings.document_languages)
        )
    if settings.deduplicate:
        detail = "The same text stands in {value} documents, of which one is kept."
        rules.append(Rule("exact_duplicate", "document", _COPIES_OF_TEXT, "<=", 1, detail))
    return rules


def image_rules(settings: CleanSettings) -> list[Rule]:
    """Return the rules that drop images; they follow those for the text of documents."""
    rules = _set(settings, _IMAGE_KINDS, "image", "image_measures")
    if settings.image_formats is not None:
        detail = f"The image is not {' or '.join(settings.image_formats)}."
        rules.append(Rule("format", "image", _FORMAT, ">=", 1, detail, listed=settings.image_formats))
    if settings.image_url_words is not None:
        words = tuple(word.lower() for word in settings.image_url_words)
        detail = f"Each address of the image holds one of the words {', '.join(words)}."
        rules.append(Rule("url_word", "image", _URL_WORDS, "<=", 0, detail, listed=words))
    detail = "Only formulas name the image, {value} times: it is no figure."
    rules.append(Rule("formula", "image", _column("image_measures", "formulas"), "<=", 0, detail))
    return rules


def count_rules(settings: CleanSettings) -> list[Rule]:
    """Return the rules that drop documents by the images that the rules before have kept."""
    return _set(settings, _COUNT_KINDS, "document", "kept_image_counts")


def closing_rules() -> list[Rule]:
    """Return what is asked last, under every preset: images of no kept document, second addresses."""
    nowhere = "Every document that holds the image was dropped."
    again = "{value} addresses give the same bytes, of which one is kept."
    return [
        Rule("no_kept_document", "image", _column("image_measures", "kept_documents"), ">=", 1, nowhere),
        Rule("exact_duplicate", "image_url", _URLS_OF_IMAGE, "<=", 1, again),
    ]


def _set(
    settings: CleanSettings,
    kinds: tuple[_Kind, ...],
    unit: Literal["document", "element", "image"],
    table: str,
) -> list[Rule]:
    """Return the rules whose setting has a value."""
    value_of: Callable[[str], Any] = settings.model_dump().get
    return [
        Rule(
            name=kind.name,
            unit=unit,
            measure=_column(table, kind.column),
            keep=kind.keep,
            threshold=float(value_of(kind.setting)),
            detail=kind.detail.replace("{limit}", f"{value_of(kind.setting):.10g}"),
        )
        for kind in kinds
        if value_of(kind.setting) is not None and value_of(kind.setting) is not False
    ]


def _column(table: str, column: str) -> str:
    return f"SELECT unit_id, source, {column} AS value FROM {table}"  # noqa: S608 (our own names)
