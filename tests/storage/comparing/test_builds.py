"""Builds are compared with what a plain reading of their rows says."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import tables
from storage.builds import record_build
from storage.comparing.builds import compare_builds, compare_rows
from storage.comparing.comparison import Comparison
from storage.comparing.pair import COMPARED
from storage.comparing.rows import KEYS, Changes, Listed, in_all
from storage.errors import LooseleafError
from storage.schemas import SCHEMAS, table_of
from tests.storage.conftest import make_build

#: A dataset: the state of each of its documents by name.
State = Mapping[str, int]
Rows = list[dict[str, Any]]


def texts_of(state: int) -> list[str]:
    """Paragraphs that came, went, moved or stand twice."""
    return [["a", "b"], ["new", "a", "b"], ["b", "a", "a"], ["a"]][state % 4]


def rows_of(name: str, state: int) -> dict[str, Rows]:
    """Return the rows of a document, of its two images and its groups."""
    elements: Rows = [
        {"doc_id": name, "position": place, "kind": "text", "text": text, "boilerplate": state == 5}
        for place, text in enumerate(texts_of(state))
    ]
    image = f"{name}{state // 3}"
    elements.append(
        {"doc_id": name, "position": 9, "kind": "image", "image_id": image, "image_url": f"u{name}"}
    )
    return {
        "documents": [
            {"doc_id": name, "uri": f"file:///{name}", "title": f"T{state % 3}", "n_texts": len(elements) - 1}
        ],
        "elements": elements,
        "images": [
            {"image_id": image, "bytes": image.encode(), "width": 3, "height": 2, "mime": "image/png"}
        ],
        "rejections": [{"stage": "clean", "unit": "document", "unit_id": name, "rule": "short"}]
        if state % 2
        else [],
        "groups": [
            {"group_id": f"g{name}", "kind": "document", "doc_id": name, "images": [9], "texts": [state]}
        ],
        "negatives": [
            {
                "group_id": f"g{name}",
                "position": 9,
                "negative_group_id": f"g{state}",
                "modality": "image->text",
            }
        ],
    }


def commit(dataset: str, build_id: str, day: int, documents: State, **more: Any) -> None:
    """Record a build with these documents, a file each."""
    names = rows_of("", 0).keys()
    versions = {}
    for table in names:
        parts = []
        for name, state in documents.items():
            rows = rows_of(name, state)[table]
            key = hashlib.sha256(repr(rows).encode()).hexdigest()[:32]
            if rows:
                parts.append(tables.write_part(dataset, table, f"stage-{key}", table_of(table, rows)))
        versions[table] = tables.commit(dataset, table, "stage", parts, f"{build_id}/stage")
    record_build(dataset, make_build(build_id, day, versions, **more))


def rows_in(documents: State, table: str) -> Rows:
    return [row for name, state in documents.items() for row in rows_of(name, state)[table]]


def plain_elements(a: State, b: State) -> Changes:
    """Count elements as multisets: first exactly, then by what they say."""

    def count(documents: State, *columns: str) -> Counter[tuple[object, ...]]:
        return Counter(
            tuple(row.get(column) for column in ("doc_id", "kind", "text", "image_url", *columns))
            for row in rows_in(documents, "elements")
        )

    exact = (count(b, "image_id", "boilerplate") - count(a, "image_id", "boilerplate")).total()
    added, removed = (count(b) - count(a)).total(), (count(a) - count(b)).total()
    return Changes(added, removed, exact - added)


def ids(listed: Listed, key: str) -> list[str]:
    assert listed.total == len(listed.listed)
    return sorted(row[key] for row in listed.listed)


STATES = st.dictionaries(st.sampled_from("pqrstu"), st.integers(0, 6))


@given(a=STATES, b=STATES)
@settings(max_examples=12, deadline=None)
def test_a_comparison_says_what_a_plain_reading_says(
    a: State, b: State, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dataset = str(tmp_path_factory.mktemp("compared"))
    commit(dataset, "aaaa", 1, a)
    commit(dataset, "bbbb", 2, b)
    found = compare_builds(dataset, "aaaa", "bbbb")
    assert ids(found.documents.added, "doc_id") == sorted(b.keys() - a.keys())
    assert ids(found.documents.removed, "doc_id") == sorted(a.keys() - b.keys())
    in_both = a.keys() & b.keys()
    changed = {name for name in in_both if _without_order(name, a[name]) != _without_order(name, b[name])}
    assert ids(found.documents.changed, "doc_id") == sorted(changed)
    assert ids(found.documents.newly_rejected, "doc_id") == sorted(
        name for name in in_both if b[name] % 2 > a[name] % 2
    )
    images = [{row["image_id"] for row in rows_in(side, "images")} for side in (a, b)]
    assert ids(found.images.added, "image_id") == sorted(images[1] - images[0])
    assert ids(found.images.removed, "image_id") == sorted(images[0] - images[1])
    assert in_all(list(found.elements.values())) == plain_elements(a, b)
    rejected = [len(rows_in(side, "rejections")) for side in (a, b)]
    assert [(rule.a, rule.b) for rule in found.rejections] == (
        [tuple(rejected)] if len(set(rejected)) > 1 else []
    )
    _check_counts(found)
    _check_mirrored(found, compare_builds(dataset, "bbbb", "aaaa"))
    assert found.is_empty == (a == b)


def _without_order(name: str, state: int) -> tuple[object, ...]:
    rows = rows_of(name, state)
    elements = [{**row, "position": None} for row in rows["elements"]]
    return rows["documents"], Counter(map(repr, elements))


def _check_counts(found: Comparison) -> None:
    """What came and went leads from the rows of one build to those of the other."""
    changes = {
        "documents": Changes(found.documents.added.total, found.documents.removed.total),
        "images": Changes(found.images.added.total, found.images.removed.total),
        "elements": in_all(list(found.elements.values())),
        "groups": in_all(list(found.groups.values())),
        "negatives": in_all(list(found.negatives.values())),
    }
    for rows in found.counts:
        if rows.table in changes:
            assert rows.a + changes[rows.table].added - changes[rows.table].removed == rows.b


def _check_mirrored(found: Comparison, other: Comparison) -> None:
    assert (found.a, found.b) == (other.b, other.a)
    for here, there in ((found.documents, other.documents), (found.images, other.images)):
        key = "doc_id" if here is found.documents else "image_id"
        assert (here.kept.a, here.kept.b) == (there.kept.b, there.kept.a)
        assert ids(here.added, key) == ids(there.removed, key)
        assert ids(here.changed, key) == ids(there.changed, key)
        assert ids(here.newly_rejected, key) == ids(there.no_longer_rejected, key)
    for kinds, others in (
        (found.elements, other.elements),
        (found.groups, other.groups),
        (found.negatives, other.negatives),
    ):
        assert kinds == {
            kind: Changes(changes.removed, changes.added, changes.changed) for kind, changes in others.items()
        }
    assert [(rows.table, rows.a, rows.b) for rows in found.counts] == [
        (rows.table, rows.b, rows.a) for rows in other.counts
    ]


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    place = str(tmp_path)
    recipe = {"name": "x", "sources": [{"name": "one", "root": "/a"}], "clean": {"preset": "cae", "min": 1}}
    later = {"name": "x", "sources": [{"name": "two", "root": "/a"}], "clean": {"preset": "cae", "min": 2}}
    commit(place, "aaaa", 1, {"p": 0, "q": 1, "r": 2}, recipe=json.dumps(recipe))
    commit(place, "bbbb", 2, {"p": 1, "r": 2, "s": 0}, recipe=json.dumps(later), code_version="2")
    return place


def test_a_build_is_what_it_is(dataset: str) -> None:
    for name in ("aaaa", "bbbb"):
        assert compare_builds(dataset, name, name).is_empty


def test_a_paragraph_on_top_is_one_paragraph(dataset: str) -> None:
    """It moves all that come after it, which are what they were."""
    (row,) = compare_builds(dataset, "aaaa", "bbbb").documents.changed.listed
    assert (row["doc_id"], row["columns"]) == ("p", ["title", "n_texts"])
    assert (row["added"], row["removed"], row["changed"]) == (1, 0, 0)


def test_settings_are_compared_field_by_field(dataset: str) -> None:
    found = compare_builds(dataset, "aaaa", "bbbb")
    assert [(field.field, field.a, field.b) for field in found.recipe] == [
        ("clean.min", 1, 2),
        ("sources[one].name", "one", None),
        ("sources[one].root", "/a", None),
        ("sources[two].name", None, "two"),
        ("sources[two].root", None, "/a"),
    ]
    assert (found.a.code_version, found.b.code_version) == ("1", "2")


def test_lists_are_bounded_and_totals_are_not(dataset: str) -> None:
    found = compare_builds(dataset, "latest~1", "latest", limit=0)
    assert found.documents.added == Listed(1, ())
    rows = compare_rows(dataset, "aaaa", "bbbb", "elements", limit=1)
    assert (rows.added.total, len(rows.added.listed)) == (4, 1)


def test_the_rows_of_a_table_are_compared_by_their_key(dataset: str) -> None:
    rows = compare_rows(dataset, "aaaa", "bbbb", "groups")
    assert rows.added.listed == ({"kind": "document", "group_id": "gs"},)
    assert rows.removed.listed == ({"kind": "document", "group_id": "gq"},)
    assert rows.changed.listed == ({"kind": "document", "group_id": "gp", "columns": ["texts"]},)


@pytest.mark.parametrize("table", COMPARED)
def test_every_table_can_be_compared_with_itself(dataset: str, table: str) -> None:
    rows = compare_rows(dataset, "aaaa", "aaaa", table)
    assert (rows.added.total, rows.removed.total, rows.changed.total) == (0, 0, 0)
    assert set(KEYS[table]) <= set(SCHEMAS[table].names)


def test_keys_with_several_rows_or_nothing_in_them_are_compared(tmp_path: Path) -> None:
    dataset = str(tmp_path)
    same: Sequence[dict[str, object]] = [
        {"stage": "clean", "unit": "image_url", "rule": "x", "detail": "1"}
    ] * 2
    for day, (name, rows) in enumerate((("aaaa", same), ("bbbb", same[:1])), start=1):
        part = tables.write_part(dataset, "rejections", f"stage-{day}", table_of("rejections", list(rows)))
        version = tables.commit(dataset, "rejections", "stage", [part], name)
        record_build(dataset, make_build(name, day, {"rejections": version}))
    found = compare_rows(dataset, "aaaa", "bbbb", "rejections")
    assert (found.added.total, found.removed.total, found.changed.total) == (0, 0, 1)


def test_what_cannot_be_compared_is_said(dataset: str) -> None:
    with pytest.raises(LooseleafError, match="no table 'builds' to compare"):
        compare_rows(dataset, "aaaa", "bbbb", "builds")
    with pytest.raises(LooseleafError, match="no build 'cccc'"):
        compare_builds(dataset, "aaaa", "cccc")
