"""The presets: each a list of rules with its thresholds, by the names that a recipe calls them.

A rule that a preset does not name is off in it. What the published sets ask beyond this needs a model or a
word list that no package holds under a free licence, and is left out: perplexity (KenLM), flagged words and
common words (OBELICS), nudity, and the similarity of image and text (both).
"""

from __future__ import annotations

from collections.abc import Mapping

Threshold = int | float | bool | tuple[str, ...] | None

#: For engineering documents: logs, tables, decks, wide plots and parameter studies, whose documents and
#: pictures differ in a few numbers only and are no duplicates of each other, stay.
CAE: Mapping[str, Threshold] = {
    "image_min_side": 96,  # pixels
    "image_max_side": 20_000,
    "image_max_aspect": 6.0,
    "image_min_contrast": 2.0,
    "image_max_documents": 10,
    "document_min_words": 5,
    "deduplicate": True,
}

#: Laurençon et al., "OBELICS" (2023), config_filter_web_documents.yaml and build_obelics/06_02, 09_04.
#: A rendered side is not known here; the original one is. The languages' model is another one (py3langid),
#: and so are the stop words (jusText's lists).
OBELICS: Mapping[str, Threshold] = {
    "image_formats": ("jpeg", "png", "webp"),
    "image_min_side": 150,
    "image_max_side": 20_000,
    "image_max_aspect": 2.0,
    "image_max_documents": 10,  # an image URL seen more than 10 times in the corpus
    "element_min_words": 4,
    "element_max_words": 1_000,
    "element_max_character_repetition": 0.1,  # 10-grams
    "element_max_word_repetition": 0.1,  # 5-grams
    "element_max_special": 0.3,
    "element_min_stop_words": 0.3,
    "element_min_punctuation": 0.001,  # of 12 and more tokens
    "element_max_repeats": 1,  # in one domain; all copies go
    "document_languages": ("en",),
    "document_min_language": 0.8,
    "document_min_words": 10,
    "document_max_words": 2_000,
    "document_max_character_repetition": 0.1,
    "document_max_word_repetition": 0.2,
    "document_max_special": 0.275,
    "document_min_stop_words": 0.35,
    "document_min_punctuation": 0.03,
    "document_min_images": 1,
    "document_max_images": 30,
    "deduplicate": True,
}

#: Zhu et al., "Multimodal C4" (2023), its core: formats, sides, address words, perceptual hash; 4 to 40
#: sentences and 2 to 15 images. Its text is C4's (Raffel et al. 2020): English at 0.99, 5 sentences, lines
#: of 3 words that end as sentences do, no curly bracket, filler or notice. Images of more than 800 pixels
#: are shrunk there, not dropped.
MMC4: Mapping[str, Threshold] = {
    "image_formats": ("jpeg", "png"),
    "image_min_side": 150,
    "image_max_aspect": 2.0,  # 0.5 to 2 as width over height
    "image_url_words": ("logo", "button", "icon", "plugin", "widget"),
    "image_max_documents": 10,  # there in a sample of 60,000 documents
    "image_near_duplicates": 5,  # bits of 64; the core's own is 10
    "element_min_words": 3,
    "element_ends_sentence": True,
    "element_max_policy": 0,
    "document_languages": ("en",),
    "document_min_language": 0.99,
    "document_min_sentences": 5,
    "document_max_sentences": 40,
    "document_max_braces": 0,
    "document_max_lorem": 0,
    "document_min_images": 2,
    "document_max_images": 15,
    "deduplicate": True,
}

#: Everything that was read and decoded.
NONE: Mapping[str, Threshold] = {"deduplicate": False}

PRESETS: Mapping[str, Mapping[str, Threshold]] = {"cae": CAE, "obelics": OBELICS, "mmc4": MMC4, "none": NONE}
