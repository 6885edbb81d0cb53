from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storage.errors import LooseleafError
from storage.shards import ShardDocument, open_shards, write_shards
from storage.shards.subset import write_subset
from tests.storage.test_shards import SPEC, make_document

SIZES = [(2, 3), (0, 4), (3, 0), (1, 2)]


def documents() -> list[ShardDocument]:
    random = np.random.default_rng(0)
    made = []
    for number, (images, texts) in enumerate(SIZES):
        tiles = [random.normal(size=(4, 3)).astype(np.float16) for _ in range(images)]
        words = [random.normal(size=(k, 4)).astype(np.float16) for k in range(texts)]
        made.append(replace(make_document(number, images, texts), tokens={"tiles": tiles, "words": words}))
    return made


def test_tokens_come_back_by_unit_in_any_order(tmp_path: Path) -> None:
    made = documents()
    write_shards(str(tmp_path), [made[:3], made[3:]], replace(SPEC, tokens=("tiles", "words")))
    reader = open_shards(str(tmp_path))
    assert reader.index.spec.tokens == ("tiles", "words")
    for wanted in ([0, 1, 2, 3], [3, 0], [2], []):
        batch = reader.batch(wanted)
        for scale, width in (("tiles", 3), ("words", 4)):
            found = reader.tokens(batch, scale)
            units = [tokens for number in wanted for tokens in made[number].tokens[scale]]
            assert found.counts.tolist() == [len(tokens) for tokens in units]
            expected = np.concatenate([np.empty((0, width), np.float16), *units])
            np.testing.assert_array_equal(found.vectors, expected)
            assert found.vectors.shape[1] == width
    # What lies together is a view of the memory map.
    assert not reader.tokens(reader.batch([0, 1, 2]), "words").vectors.flags.owndata
    write_subset(reader, str(tmp_path / "some"), np.array([False, True, False, True]))
    some = open_shards(str(tmp_path / "some"))
    words = some.tokens(some.batch([1]), "words")
    np.testing.assert_array_equal(words.vectors, made[3].tokens["words"][1])


def test_shards_without_a_scale_say_how_to_get_it(tmp_path: Path) -> None:
    made = [make_document(0, 2, 3)]
    write_shards(str(tmp_path), [made], SPEC)
    reader = open_shards(str(tmp_path))
    with pytest.raises(LooseleafError, match=r"no tokens of the scale words.*text: \[words\]"):
        reader.tokens(reader.batch([0]), "words")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tiles": []}, "tiles of document d0 are of 0 units"),
        ({"words": [np.zeros((1, 2))] * 3}, "words of document d0 are not 4 wide"),
        ({"patches": []}, "has tokens of"),
    ],
)
def test_tokens_that_do_not_fit_are_refused(
    tmp_path: Path, change: dict[str, list[np.ndarray]], reason: str
) -> None:
    whole = documents()[0]
    broken = replace(whole, tokens={**whole.tokens, **change})
    with pytest.raises(ValueError, match=reason):
        write_shards(str(tmp_path), [[broken]], replace(SPEC, tokens=("tiles", "words")))
