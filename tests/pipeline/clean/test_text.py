from __future__ import annotations

import pytest

from pipeline.clean import text
from pipeline.clean.words import count_sentences, stop_words, words_of

PROSE = "The plate is held at its left edge, and the load pulls at the right one. It bends where it is thin."
LOG = "\n".join(
    f"Time = {i} Solving for Ux, Initial residual = {1 / (i + 1):.4e}, No Iterations 2" for i in range(40)
)


def test_words_are_bare_and_low() -> None:
    assert words_of("The (quick) 3D-fox, 12 -- 'jumps'.") == ["the", "quick", "d-fox", "jumps"]
    assert words_of("1.2 -- 3") == []


@pytest.mark.parametrize(
    ("sentences", "content"),
    [(0, "  "), (1, "no end"), (2, "One. Two!"), (2, "A value of 1.5 mm. Then"), (2, "他来了。我走了。")],
)
def test_sentences(sentences: int, content: str) -> None:
    assert count_sentences(content) == sentences


def test_repetition_of_characters_as_published() -> None:
    assert text.character_repetition("") == 0
    assert text.character_repetition("abcdefghijklmno") == 0
    # 11 times "a" hold one 10-gram twice: one of one is taken.
    assert text.character_repetition("a" * 11) == 1.0
    # 20 letters of two: 11 10-grams, two distinct, of which the root, one, is taken: 6 of 11.
    assert text.character_repetition("ab" * 10) == pytest.approx(6 / 11)
    assert text.character_repetition(LOG) > 0.1 > text.character_repetition(PROSE)


def test_repetition_of_words_as_published() -> None:
    assert text.word_repetition(["a", "b", "c", "d"]) == 0
    # Of 7 5-grams the first comes again.
    assert text.word_repetition(list("abcdefabcde")) == pytest.approx(2 / 7)
    assert text.word_repetition(words_of(LOG)) > 0.2


def test_shares() -> None:
    assert text.special("ab 1,") == pytest.approx(3 / 5)
    assert text.special("") == 0
    english = stop_words("en")
    assert english is not None
    assert text.stop_word_share(["the", "flange", "of", "steel"], english) == 0.5
    assert text.stop_word_share(["the"], None) is None
    assert text.stop_word_share([], english) == 0
    assert stop_words("ja") is None
    assert stop_words(None) is None
    assert text.punctuation("One, two. three") == pytest.approx(2 / 5)
    assert text.punctuation("One, two.", at_least=12) is None
    assert text.punctuation("") == 0
    assert text.mean_length(["ab", "abcd"]) == 3
    assert text.alphabetic(["a1", "12", "--", "b"]) == 0.5
    assert text.symbols("# one ... two", ["#", "one", "...", "two"]) == 0.5
    assert text.mean_length([]) is text.alphabetic([]) is text.symbols("", []) is None


def test_ends_and_notices() -> None:
    assert text.ends_sentence('He said "so." ')
    assert not text.ends_sentence("and so on...")
    assert not text.ends_sentence("residual 1.0")
    assert text.policy_phrases("This site uses cookies: see our Privacy Policy") == 2


def test_real_languages_have_their_stop_words() -> None:
    german = stop_words("de")
    assert german is not None
    assert (
        text.stop_word_share(words_of("Die Platte ist an der linken Kante gehalten und wird gezogen"), german)
        > 0.3
    )
