from __future__ import annotations

import numpy as np

from flows.evidence import part_of, shared_words


def test_shared_words_are_those_of_the_query_that_say_something() -> None:
    assert shared_words("bending of a Beam, bending", "The beams bend in the load case.") == [
        "bending",
        "Beam",
    ]
    assert shared_words("stress_vonMises", "von Mises stress of the plate") == ["stress_vonMises"]
    assert shared_words("of the", "the end of it") == []
    assert shared_words("", "words") == []


def test_a_part_is_named_by_its_thirds() -> None:
    for at, name in {(0, 0): "upper left", (2, 2): "middle centre", (4, 4): "lower right"}.items():
        cells = np.zeros((5, 5), np.float32)
        cells[at] = 1
        assert part_of(cells) == name
