from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from pipeline.clean.database import open_database
from pipeline.clean.minhash import BANDS, GRAM, ROWS, signatures
from pipeline.clean.near_documents import reject_near_documents
from pipeline.clean.near_images import reject_near_images

VOCABULARY = [f"w{number}" for number in range(3000)]


def text(draw: random.Random, length: int = 200) -> list[str]:
    return draw.choices(VOCABULARY, k=length)


def changed(words: list[str], places: int, draw: random.Random) -> list[str]:
    copy = list(words)
    for place in draw.sample(range(len(words)), places):
        copy[place] = draw.choice(VOCABULARY)
    return copy


def jaccard(a: list[str], b: list[str]) -> float:
    x, y = ({tuple(w[i : i + GRAM]) for i in range(len(w) - GRAM + 1)} for w in (a, b))
    return len(x & y) / len(x | y)


def near_documents(
    texts: dict[str, list[str]], threshold: float, dropped: tuple[str, ...] = ()
) -> dict[str, float]:
    with open_database() as connection:
        names = list(texts)
        documents = {"doc_id": names, "source": ["s"] * len(names), "path": names}
        connection.register("documents", pa.table(documents))
        stats = pa.table(
            {
                "doc_id": pa.array(names),
                "minhash": pa.array(signatures(list(texts.values())), pa.list_(pa.int64())),
            }
        )
        connection.register("document_stats", stats)
        gone = pa.table({"unit": ["document"] * len(dropped), "unit_id": pa.array(dropped, pa.string())})
        connection.register("dropped", gone)
        make_rejected(connection)
        reject_near_documents(connection, threshold)
        return dict(connection.execute("SELECT unit_id, value FROM rejected ORDER BY unit_id").fetchall())


def make_rejected(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE rejected (stage VARCHAR, unit VARCHAR, unit_id VARCHAR, source VARCHAR,"
        " rule VARCHAR, value DOUBLE, threshold DOUBLE, detail VARCHAR)"
    )


def near_images(images: dict[str, tuple[int, int]], distance: int) -> dict[str, float]:
    """`images`: name -> hash, side."""
    with open_database() as connection:
        measures = {
            "unit_id": list(images),
            "source": ["s"] * len(images),
            "phash": [f"{bits:016x}" for bits, _ in images.values()],
            "min_side": [side for _, side in images.values()],
            "max_side": [side for _, side in images.values()],
        }
        connection.register("image_measures", pa.table(measures))
        connection.execute("CREATE TABLE dropped (unit VARCHAR, unit_id VARCHAR)")
        make_rejected(connection)
        reject_near_images(connection, distance)
        return dict(connection.execute("SELECT unit_id, value FROM rejected ORDER BY unit_id").fetchall())


def test_signatures_estimate_the_similarity_and_depend_on_nothing_else() -> None:
    draw = random.Random(3)
    first = text(draw, 600)
    others = [changed(first, places, draw) for places in (0, 10, 40, 120)]
    rows = signatures([first, *others, ["too", "short"], []])
    assert rows[-2:] == [None, None]
    own = rows[0]
    assert own is not None
    assert len(own) == BANDS * ROWS
    for row, other in zip(rows[1:-2], others, strict=True):
        assert row is not None
        estimate = sum(a == b for a, b in zip(own, row, strict=True)) / len(own)
        # Four standard deviations of a mean of 112.
        assert estimate == pytest.approx(jaccard(first, other), abs=4 * 0.5 / len(own) ** 0.5)
    assert [signatures([words])[0] for words in others] == rows[1:-2]


def test_the_same_words_give_the_same_signature_for_ever() -> None:
    (row,) = signatures([["the", "plate", "is", "held", "at", "its", "left", "edge"]])
    assert row is not None
    assert row[:3] == [3522758864, 3234873351, 3606025928]


def test_planted_copies_are_found_and_one_of_each_stays() -> None:
    draw = random.Random(5)
    texts = {f"d{number:03}": text(draw) for number in range(60)}
    for number in range(0, 30, 3):
        texts[f"x{number:03}"] = changed(texts[f"d{number:03}"], 2, draw)
        texts[f"y{number:03}"] = changed(texts[f"x{number:03}"], 2, draw)
    found = near_documents(texts, 0.8)
    assert set(found) == {name for name in texts if name[0] in "xy"}
    assert all(0.8 <= value <= 1.0 for value in found.values())
    # In any order the same.
    names = list(texts)
    draw.shuffle(names)
    assert near_documents({name: texts[name] for name in names}, 0.8) == found
    # Nothing is as near as that.
    assert near_documents(texts, 1.0) == {}


def test_a_document_that_another_rule_dropped_is_not_the_one_that_stays() -> None:
    draw = random.Random(6)
    words = text(draw)
    texts = {"a": words, "b": changed(words, 1, draw), "c": text(draw)}
    assert set(near_documents(texts, 0.8)) == {"b"}
    assert set(near_documents(texts, 0.8, dropped=("a",))) == {"a"}


def test_many_equal_documents_cost_one_each() -> None:
    words = text(random.Random(7))
    assert len(near_documents({f"{number:05}": words for number in range(2000)}, 0.9)) == 1999


@pytest.mark.parametrize("distance", [0, 1, 5, 10, 16])
def test_near_images_are_those_within_the_distance_of_a_kept_one(distance: int) -> None:
    draw = random.Random(distance)
    centres = [draw.getrandbits(64) for _ in range(12)]
    images = {}
    for number in range(150):
        bits = draw.choice(centres)
        for place in draw.sample(range(64), draw.randint(0, 8)):
            bits ^= 1 << place
        images[f"i{number:03}"] = (bits, draw.choice([100, 200, 300]))
    found = near_images(images, distance)
    kept = set(images) - set(found)
    for name, (bits, _) in images.items():
        gaps = sorted((bits ^ images[other][0]).bit_count() for other in kept if other != name)
        if name in found:
            assert found[name] in gaps
            assert found[name] <= distance
        else:
            assert not gaps or gaps[0] > distance
    shuffled = draw.sample(list(images), len(images))
    assert near_images({name: images[name] for name in shuffled}, distance) == found


def test_the_largest_of_equal_pictures_stays() -> None:
    assert near_images({"a": (7, 100), "b": (7, 400), "c": (5, 300)}, 2) == {"a": 0.0, "c": 1.0}
