"""The part of a recipe that says what is dropped: a preset, and what it is to do differently."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.clean.presets import PRESETS

Preset = Literal["cae", "obelics", "mmc4", "none"]
MaskKind = Literal["email", "phone", "address", "user"]

_Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class CleanSettings(BaseModel):
    """A preset and its rules. A rule that is not named here is the preset's; `null` switches it off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Preset = Field(
        default="cae",
        description="Rules to begin with: cae (engineering), obelics, mmc4 (as published), none.",
    )

    image_formats: tuple[str, ...] | None = Field(
        default=None, description="Formats of images that are kept, such as png; all that decode if null."
    )
    image_min_side: int | None = Field(
        default=None, ge=0, le=100_000, description="Shortest side kept, in pixels (0 to 1e5)."
    )
    image_max_side: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Longest side kept, in pixels (1 to 1e6)."
    )
    image_max_aspect: float | None = Field(
        default=None, ge=1.0, le=1000.0, description="Longest side over shortest side, at most (1 to 1000)."
    )
    image_min_contrast: float | None = Field(
        default=None,
        ge=0.0,
        le=127.5,
        description="Standard deviation of the grey values, at least (0 to 127.5).",
    )
    image_url_words: tuple[str, ...] | None = Field(
        default=None, description="Words that no address of a kept image holds, such as logo or icon."
    )
    image_max_documents: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        description="An image in more documents than this is a logo (1 to 1e9).",
    )
    image_near_duplicates: int | None = Field(
        default=None,
        ge=0,
        le=16,
        description="Images whose perceptual hashes differ in at most so many bits are one (0 to 16).",
    )

    element_min_words: _Count | None = Field(default=None, description="Words of a text, at least.")
    element_max_words: _Count | None = Field(default=None, description="Words of a text, at most.")
    element_max_character_repetition: _Share | None = Field(
        default=None,
        description="Share of a text's 10-grams of characters that are its repeated ones (0 to 1).",
    )
    element_max_word_repetition: _Share | None = Field(
        default=None, description="Share of a text's 5-grams of words that occur again (0 to 1)."
    )
    element_max_special: _Share | None = Field(
        default=None, description="Share of a text's characters that are no letters (0 to 1)."
    )
    element_min_stop_words: _Share | None = Field(
        default=None, description="Share of stop words among a text's words, at least (0 to 1)."
    )
    element_min_punctuation: _Share | None = Field(
        default=None, description="Share of punctuation among the tokens of a text of 12 and more (0 to 1)."
    )
    element_ends_sentence: bool | None = Field(
        default=None, description="Whether a text must end as a sentence does."
    )
    element_max_policy: _Count | None = Field(
        default=None, description="Phrases of cookie and script notices in a text, at most."
    )
    element_max_repeats: _Count | None = Field(
        default=None, description="Times that a text may stand in the documents of one site, at most."
    )

    document_languages: tuple[str, ...] | None = Field(
        default=None, description="Languages of documents that are kept, as ISO 639-1 codes."
    )
    document_min_language: _Share | None = Field(
        default=None, description="Probability of the document's language, at least (0 to 1)."
    )
    document_min_words: int | None = Field(
        default=None, ge=0, le=1_000_000, description="Words that a document has at least (0 to 1e6)."
    )
    document_max_words: _Count | None = Field(default=None, description="Words of a document, at most.")
    document_min_sentences: _Count | None = Field(default=None, description="Sentences, at least.")
    document_max_sentences: _Count | None = Field(default=None, description="Sentences, at most.")
    document_max_character_repetition: _Share | None = Field(
        default=None, description="As element_max_character_repetition, of the document's text (0 to 1)."
    )
    document_max_word_repetition: _Share | None = Field(
        default=None, description="As element_max_word_repetition, of the document's text (0 to 1)."
    )
    document_max_special: _Share | None = Field(
        default=None, description="Share of the text's characters that are no letters (0 to 1)."
    )
    document_min_stop_words: _Share | None = Field(
        default=None, description="Share of stop words among the words, at least (0 to 1)."
    )
    document_min_punctuation: _Share | None = Field(
        default=None, description="Share of punctuation among the tokens, at least (0 to 1)."
    )
    document_min_word_length: float | None = Field(
        default=None, ge=0.0, le=1000.0, description="Mean length of a word, in characters, at least."
    )
    document_max_word_length: float | None = Field(
        default=None, ge=0.0, le=1000.0, description="Mean length of a word, in characters, at most."
    )
    document_min_alphabetic: _Share | None = Field(
        default=None, description="Share of words with a letter in them, at least (0 to 1)."
    )
    document_max_symbols: float | None = Field(
        default=None, ge=0.0, le=1000.0, description="Signs # and ellipses for each word, at most."
    )
    document_max_braces: _Count | None = Field(default=None, description="Curly brackets, at most.")
    document_max_lorem: _Count | None = Field(
        default=None, description="Times that the filler 'lorem ipsum' stands in the text, at most."
    )
    document_min_images: _Count | None = Field(default=None, description="Kept images, at least.")
    document_max_images: _Count | None = Field(default=None, description="Kept images, at most.")
    deduplicate: bool = Field(default=True, description="Reject exact duplicates of documents.")
    document_near_duplicates: float | None = Field(
        default=None,
        gt=0.0,
        le=1.0,
        description="Documents that share at least this part of their word 5-grams are one (0 to 1).",
    )

    mask: tuple[MaskKind, ...] = Field(
        default=("email", "phone", "address"),
        description="Personal data to mask in texts: email, phone, address (IP and MAC), user (in paths).",
    )
    removals: str | tuple[str, ...] | None = Field(
        default=None,
        description="What must not be in the dataset, as `looseleaf remove` takes it: a list, or a file.",
    )

    @model_validator(mode="before")
    @classmethod
    def _begin_with_the_preset(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        preset = values.get("preset", "cae")
        return {**PRESETS[preset], **values} if preset in get_args(Preset) else values

    @model_validator(mode="after")
    def _leaves_room(self) -> CleanSettings:
        for low, high in _PAIRS:
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise ValueError(f"{low} is greater than {high}, so that nothing could be kept")
        return self


_PAIRS = (
    ("image_min_side", "image_max_side"),
    ("element_min_words", "element_max_words"),
    ("document_min_words", "document_max_words"),
    ("document_min_sentences", "document_max_sentences"),
    ("document_min_images", "document_max_images"),
    ("document_min_word_length", "document_max_word_length"),
)
