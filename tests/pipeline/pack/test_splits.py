from __future__ import annotations

import random
from collections import Counter

import pytest

from pipeline.pack.components import connected_components
from pipeline.pack.splits import components_of, split_documents
from pipeline.recipe import PackSettings


@pytest.mark.parametrize("seed", range(6))
def test_components_are_those_of_a_flood(seed: int) -> None:
    draw = random.Random(seed)
    size = draw.randint(1, 30)
    shared = [(draw.randrange(size), draw.randrange(25)) for _ in range(draw.randint(0, 40))]
    found = connected_components(size, shared)
    reached = {document: {document} for document in range(size)}
    for _ in range(size):
        for a, thing in shared:
            for b, other in shared:
                if thing == other:
                    union = reached[a] | reached[b]
                    for document in union:
                        reached[document] = union
    assert found.tolist() == [min(reached[document]) for document in range(size)]
    assert connected_components(size, draw.sample(shared, len(shared))).tolist() == found.tolist()


def documents(seed: int, size: int = 200) -> tuple[list[str], list[str], list[str], list[list[int]]]:
    draw = random.Random(seed)
    ids = [f"doc{i:03}" for i in range(size)]
    sources = [draw.choice("abc") for _ in ids]
    families = [f"{source}/{draw.randrange(60)}" for source in sources]
    images = [[1000 + i, draw.randrange(2000)] for i in range(size)]
    return ids, sources, families, images


@pytest.mark.parametrize("seed", range(4))
def test_what_is_connected_stays_together_and_shares_hold(seed: int) -> None:
    ids, sources, families, images = documents(seed)
    component = components_of(families, images, ids)
    settings = PackSettings(test_fraction=0.2, valid_fraction=0.1, seed=seed)
    splits = split_documents(ids, sources, component, settings)
    for things in (families, component.tolist()):
        seen: dict[object, set[str]] = {}
        for thing, split in zip(things, splits, strict=True):
            seen.setdefault(thing, set()).add(split)
        assert all(len(found) == 1 for found in seen.values())
    by_image: dict[int, set[str]] = {}
    for codes, split in zip(images, splits, strict=True):
        for code in codes:
            by_image.setdefault(code, set()).add(split)
    assert all(len(found) == 1 for found in by_image.values())
    largest = max(Counter(component.tolist()).values())
    for source in "abc":
        here = [split for split, where in zip(splits, sources, strict=True) if where == source]
        assert abs(here.count("test") - 0.2 * len(here)) <= largest
        assert abs(here.count("valid") - 0.1 * len(here)) <= largest


def test_the_order_of_documents_changes_nothing() -> None:
    ids, sources, families, images = documents(7)
    settings = PackSettings()
    straight = split_documents(ids, sources, components_of(families, images, ids), settings)
    order = random.Random(0).sample(range(len(ids)), len(ids))
    ids2, sources2, families2, images2 = (
        [things[i] for i in order] for things in (ids, sources, families, images)
    )
    shuffled = split_documents(ids2, sources2, components_of(families2, images2, ids2), settings)
    assert dict(zip(ids, straight, strict=True)) == dict(zip(ids2, shuffled, strict=True))
    assert straight != split_documents(
        ids, sources, components_of(families, images, ids), PackSettings(seed=1)
    )


def test_one_large_component_is_trained_on() -> None:
    ids = [f"doc{i}" for i in range(10)]
    families = ["one"] * 10
    splits = split_documents(ids, ["s"] * 10, components_of(families, [[]] * 10, ids), PackSettings())
    assert splits == ["train"] * 10
