from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from pipeline.group.groups import Group, group_id, groups_of
from pipeline.group.prior import layout_prior
from pipeline.group.units import Unit, units_of
from pipeline.recipe import GroupSettings


def unit(order: int, is_image: bool, section: int = 0, **more: int) -> Unit:
    defaults = {"figure": None, "caption_of": None}
    return Unit(position=3 * order, order=order, is_image=is_image, section=section, **{**defaults, **more})


def random_units(seed: int) -> list[Unit]:
    draw = random.Random(seed)
    return [unit(order, draw.random() < 0.3, section=order // 7) for order in range(draw.randint(0, 60))]


def of_kind(groups: list[Group], kind: str) -> list[Group]:
    return [group for group in groups if group.kind == kind]


@pytest.mark.parametrize("seed", range(8))
def test_groups_hold_what_they_should(seed: int) -> None:
    units = random_units(seed)
    settings = GroupSettings(max_images=4, max_texts=6, window=5)
    groups = groups_of(units, settings)
    for group in groups:
        assert group.prior.shape == (len(group.images), len(group.texts))
        assert group.prior.dtype == np.float32
        if group.images and group.texts:
            np.testing.assert_allclose(group.prior.sum(axis=1), 1, rtol=1e-5)
        assert len(group.images) <= 4
        assert len(group.texts) <= 6
        assert list(group.images) == sorted(group.images)
    # Documents cut nothing away and count nothing twice.
    whole = of_kind(groups, "document")
    assert [p for group in whole for p in group.images] == [u.position for u in units if u.is_image]
    assert [p for group in whole for p in group.texts] == [u.position for u in units if not u.is_image]
    ends = [sorted(group.images + group.texts) for group in whole if group.images or group.texts]
    assert all(a[-1] < b[0] for a, b in pairwise(ends))
    for group in of_kind(groups, "section") + of_kind(groups, "window"):
        assert group.images
        assert group.texts
    sections = {u.position: u.section for u in units}
    for group in of_kind(groups, "section"):
        assert len({sections[p] for p in group.images + group.texts}) == 1
    for group in of_kind(groups, "window"):
        assert len(group.images + group.texts) <= 5
    ids = [group_id(g.kind, "d", g.images, g.texts) for g in groups]
    assert len(set(ids)) == len(ids)


def test_a_document_of_one_kind_or_of_none_is_still_a_group() -> None:
    settings = GroupSettings()
    for units in ([], [unit(0, True)], [unit(0, False), unit(1, False)]):
        (group,) = groups_of(units, settings)
        assert group.kind == "document"
        assert group.prior.size == 0


def test_a_recipe_without_documents_still_has_them() -> None:
    units = [unit(0, True), unit(1, False)]
    assert {group.kind for group in groups_of(units, GroupSettings(kinds=("section",)))} == {
        "document",
        "section",
    }


def test_a_window_moves_inwards_at_the_ends() -> None:
    units = [unit(0, True), *[unit(i, False) for i in range(1, 10)]]
    (window,) = of_kind(groups_of(units, GroupSettings(window=4)), "window")
    assert len(window.images + window.texts) == 4


def test_the_prior_prefers_captions_then_near_texts_of_the_section() -> None:
    image = unit(5, True, section=1, figure=2)
    before = unit(4, False, section=0)
    after = unit(6, False, section=1)
    far = unit(9, False, section=1)
    caption = unit(12, False, section=1, caption_of=image.position)
    of_figure = unit(13, False, section=1, caption_of=999, figure=2)
    (row,) = layout_prior([image], [before, after, far, caption, of_figure], scale=2.0)
    assert row[3] == row[4] > row[1] > row[0] > row[2]
    assert row[1] == pytest.approx(2 * row[0], rel=1e-5)


def test_the_prior_is_finite_at_the_smallest_scale() -> None:
    images, texts = [unit(0, True)], [unit(i, False) for i in range(900, 1000)]
    row = layout_prior(images, texts, scale=1e-3)
    assert np.isfinite(row).all()
    assert row.sum() == pytest.approx(1)


def test_units_are_kept_images_and_texts_that_say_something() -> None:
    def row(position: int, kind: str, **more: object) -> dict[str, object]:
        columns = ("text", "section", "figure", "caption_of", "image_id", "image_url", "boilerplate")
        return {"position": position, "kind": kind, **dict.fromkeys(columns), **more}

    rows = [
        row(0, "heading", text="a heading of many words"),
        row(1, "text", text="three words here"),
        row(2, "text", text="two words"),
        row(3, "list_item", text="part of the menu", boilerplate=True),
        row(4, "image", image_id="kept", image_url="k.png"),
        row(5, "image", image_id="dropped", image_url="d.png"),
        row(6, "image", image_url="missing.png"),
        row(7, "code", text="x = 1 + 2"),
        row(8, "table", text="a | b | c"),
    ]
    units = units_of(reversed(rows), {"kept"})
    assert [(u.position, u.order, u.is_image) for u in units] == [(1, 0, False), (4, 1, True), (8, 2, False)]


def test_a_case_is_one_loose_set_whose_order_says_nothing() -> None:
    units = [unit(0, False), unit(1, True, section=1), unit(2, False, section=1), unit(3, False, section=2)]
    assert of_kind(groups_of(units, GroupSettings()), "case") == []
    assert of_kind(groups_of(units, GroupSettings(kinds=("section",)), is_case=True), "case") == []
    (case,) = of_kind(groups_of(units, GroupSettings(), is_case=True), "case")
    assert (case.images, case.texts) == ((3,), (0, 6, 9))
    # Twice the weight within the same file, and the same for every other one, however far.
    np.testing.assert_allclose(case.prior, [[0.25, 0.5, 0.25]])
