from __future__ import annotations

from typing import Any

import pytest

from pipeline.clean.presets import PRESETS
from pipeline.clean.rules import count_rules, document_rules, element_rules, image_rules
from pipeline.recipe import CleanSettings, Recipe, recipe_from_dict
from storage.errors import LooseleafError

#: What the authors published: unit, rule -> threshold.
PUBLISHED = {
    "obelics": {
        ("image", "too_small"): 150,
        ("image", "too_large"): 20_000,
        ("image", "aspect"): 2,
        ("image", "repeated"): 10,
        ("element", "few_words"): 4,
        ("element", "many_words"): 1_000,
        ("element", "character_repetition"): 0.1,
        ("element", "word_repetition"): 0.1,
        ("element", "special_characters"): 0.3,
        ("element", "stop_words"): 0.3,
        ("element", "punctuation"): 0.001,
        ("element", "repeated_paragraph"): 1,
        ("document", "unsure_language"): 0.8,
        ("document", "too_short"): 10,
        ("document", "too_long"): 2_000,
        ("document", "character_repetition"): 0.1,
        ("document", "word_repetition"): 0.2,
        ("document", "special_characters"): 0.275,
        ("document", "stop_words"): 0.35,
        ("document", "punctuation"): 0.03,
        ("document", "few_images"): 1,
        ("document", "many_images"): 30,
    },
    "mmc4": {
        ("image", "too_small"): 150,
        ("image", "aspect"): 2,
        ("image", "repeated"): 10,
        ("element", "few_words"): 3,
        ("element", "open_end"): 1,
        ("element", "policy"): 0,
        ("document", "unsure_language"): 0.99,
        ("document", "few_sentences"): 5,
        ("document", "many_sentences"): 40,
        ("document", "braces"): 0,
        ("document", "lorem_ipsum"): 0,
        ("document", "few_images"): 2,
        ("document", "many_images"): 15,
    },
    "cae": {
        ("image", "too_small"): 96,
        ("image", "too_large"): 20_000,
        ("image", "aspect"): 6,
        ("image", "blank"): 2,
        ("image", "repeated"): 10,
        ("document", "too_short"): 5,
    },
    "none": {},
}
#: Rules that a yes or no or a list switches on.
UNMEASURED = {"exact_duplicate", "formula", "format", "url_word", "language"}


def recipe(**clean: Any) -> Recipe:
    return recipe_from_dict(
        {"name": "t", "sources": [{"kind": "files", "name": "a", "root": "."}], "clean": clean}
    )


def thresholds(settings: CleanSettings) -> dict[tuple[str, str], float]:
    rules = [
        *element_rules(settings),
        *document_rules(settings),
        *image_rules(settings),
        *count_rules(settings),
    ]
    return {(rule.unit, rule.name): rule.threshold for rule in rules if rule.name not in UNMEASURED}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_has_the_published_thresholds_and_no_other(preset: str) -> None:
    assert thresholds(recipe(preset=preset).clean) == PUBLISHED[preset]


def test_lists_and_copies_are_as_published() -> None:
    obelics, mmc4 = recipe(preset="obelics").clean, recipe(preset="mmc4").clean
    assert obelics.image_formats == ("jpeg", "png", "webp")
    assert mmc4.image_formats == ("jpeg", "png")
    assert mmc4.image_url_words == ("logo", "button", "icon", "plugin", "widget")
    assert mmc4.image_near_duplicates == 5
    assert obelics.document_languages == mmc4.document_languages == ("en",)
    assert (obelics.image_near_duplicates, obelics.document_near_duplicates) == (None, None)
    assert not recipe(preset="none").clean.deduplicate


def test_a_recipe_begins_with_cae_and_may_differ_from_its_preset() -> None:
    assert recipe().clean == recipe(preset="cae").clean
    changed = recipe(preset="obelics", image_min_side=99, document_max_words=None).clean
    assert changed.image_min_side == 99
    assert ("document", "too_long") not in thresholds(changed)
    assert changed.element_min_words == 4


def test_a_recipe_that_went_through_json_is_the_same() -> None:
    first = recipe(preset="obelics", element_max_special=None)
    assert Recipe.model_validate_json(first.model_dump_json()) == first


@pytest.mark.parametrize(
    ("clean", "said"),
    [
        ({"preset": "obelix"}, "obelics"),
        ({"image_min_sid": 3}, "image_min_side"),
        ({"preset": "obelics", "document_max_words": 5}, "document_min_words is greater"),
        ({"mask": ["e-mail"]}, "email"),
        ({"element_max_special": 1.5}, "element_max_special"),
    ],
)
def test_a_wrong_setting_is_said(clean: dict[str, Any], said: str) -> None:
    with pytest.raises(LooseleafError, match=said):
        recipe(**clean)
