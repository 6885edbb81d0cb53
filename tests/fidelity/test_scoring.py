from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from tests.fidelity.browser import Shown
from tests.fidelity.scoring import Score, score, total
from tests.fidelity.sequence import Token, image_token, shown_tokens, text_tokens

TEXT = "the plate with a hole carries the load along its upper edge until the stress at the hole is too high"


def image(name: str) -> Token:
    return image_token([f"http://x.org/{name}.png"])


def shown(text: str, **more: object) -> Shown:
    values: dict[str, object] = {
        "kind": "text", "text": text, "source": None, "block": 0, "why": None, "space": False,
    }  # fmt: skip
    return Shown(**(values | more))  # type: ignore[arg-type]


def test_a_reader_that_has_all_is_perfect_and_one_that_has_nothing_has_no_precision() -> None:
    tokens = [*text_tokens(TEXT), image("a"), *text_tokens(TEXT[::-1]), image("b")]
    whole = score(tokens, tokens)
    assert (whole.images_found, whole.words_found, whole.read_shown, whole.tau) == (2, 42, 42, 1.0)
    assert whole.missed == whole.extra == ()
    nothing = score(tokens, [])
    assert (nothing.images_found, nothing.words_found, nothing.read, nothing.tau) == (0, 0, 0, None)
    assert total([nothing]).precision is None


def test_words_count_as_often_as_they_stand_there() -> None:
    found = score(text_tokens("load load load case"), text_tokens("load load stress"))
    assert (found.words, found.words_found) == (4, 2)
    assert (found.read, found.read_shown) == (3, 2)
    assert set(found.missed) == {"case", "load"} or found.missed == ("load case",)
    assert found.extra == ("stress",)


def test_an_image_counts_by_any_of_its_urls_and_once_for_each_time_that_it_is_shown() -> None:
    several = image_token(["http://x.org/large.png", "http://x.org/a.png#part"])
    assert score([image("a"), image("a")], [several]).images_found == 1
    assert score([image("a"), image("a")], [several, image("a")]).images_found == 2
    assert score([image("b")], [several]).missed == ("http://x.org/b.png",)


def test_words_of_a_pictures_alternative_text_are_no_mistake_and_not_asked_for() -> None:
    found = score(text_tokens("energy"), text_tokens("energy E mc"), ["e", "mc"])
    assert (found.words, found.read, found.read_shown) == (1, 3, 3)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60, unique=True))
def test_tau_is_kendalls(places: list[int]) -> None:
    names = [str(place) for place in places]
    found = score([image(name) for name in sorted(names, key=int)], [image(name) for name in names])
    order = {place: at for at, place in enumerate(places)}
    expected = kendalltau(range(len(places)), [order[place] for place in sorted(places)]).statistic
    assert found.tau == pytest.approx(expected)


def test_order_falls_with_every_block_out_of_place() -> None:
    words = [f"w{number}" for number in range(200)]
    moved = [*words[100:], *words[:100]]
    mixed = random.Random(0).sample(words, len(words))
    taus = [
        score(text_tokens(" ".join(words)), text_tokens(" ".join(read))).tau for read in (words, moved, mixed)
    ]
    assert taus[0] == 1.0
    assert taus[1] is not None
    assert taus[1] < 0.1
    assert taus[2] is None  # no run of words is left together


def test_words_and_images_are_pooled_and_orders_averaged() -> None:
    def page(images: int, tau: float | None) -> Score:
        return Score(images, images - 1, 10 * images, 10 * images, 10, 9, tau, (), ())

    sums = total([page(1, 1.0), page(9, 0.5), page(10, None)])
    assert (sums.pages, sums.images, sums.words, sums.tau, sums.precision) == (3, 17 / 20, 1.0, 0.75, 0.9)


def test_what_the_browser_calls_no_content_is_left_out_and_boxes_part_words() -> None:
    items = [
        shown("Home", why="menu"),
        shown("st", block=1),
        shown("ress", block=1),
        shown("peak", block=1, space=True),
        shown("here", block=1),
        shown("logo", kind="image", source="file:///logo.png", why="bar", block=2),
        shown("plot", kind="image", source="file:///a%20b.png", block=3),
        shown("next", block=4),
    ]
    assert shown_tokens(items) == [
        Token("stresspeak"), Token("here"), image_token(["file:///a b.png"]), Token("next"),
    ]  # fmt: skip
