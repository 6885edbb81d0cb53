from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from pipeline.extract.media import CASE
from pipeline.group.stage import GROUP
from pipeline.recipe import recipe_from_dict
from pipeline.stage import Context
from storage.schemas import table_of
from storage.tables import commit, write_part


def element(doc_id: str, position: int, image_id: str | None = None) -> dict[str, Any]:
    if image_id is None:
        return {"doc_id": doc_id, "position": position, "kind": "text", "text": "some words to read"}
    row = {"doc_id": doc_id, "position": position, "kind": "image", "image_id": image_id}
    return {**row, "image_url": f"{image_id}.png"}


def rejection(unit: str, unit_id: str) -> dict[str, Any]:
    return {"stage": "clean", "unit": unit, "unit_id": unit_id, "rule": "test"}


ELEMENTS = [
    [element("a", 0), element("a", 1, "i"), element("a", 2, "small"), element("b", 0), element("b", 1, "i")],
    [element("c", 0, "i"), element("c", 1), element("c", 2, "gone")],
]


def context_of(
    folder: Path, rejections: list[dict[str, Any]], elements: Any = ELEMENTS, media_type: str | None = None
) -> Context:
    dataset = str(folder)
    documents = [
        {"doc_id": name, "source": "s", "family": f"f{name}", "media_type": media_type} for name in "abc"
    ]
    images = [{"image_id": name, "bytes": b""} for name in ("i", "small")]
    tables = {
        "documents": [documents],
        "images": [images],
        "elements": elements,
        "rejections": [rejections],
    }
    for table, files in tables.items():
        parts = [
            write_part(dataset, table, f"clean-{index:02x}", table_of(table, rows))
            for index, rows in enumerate(files)
        ]
        commit(dataset, table, "clean", parts, app_id=f"test/{table}")
    values = {"name": "test", "sources": [{"kind": "files", "name": "s", "root": "."}]}
    return Context(dataset, recipe_from_dict(values), "build")


def rows_of(context: Context) -> list[dict[str, Any]]:
    tables = [GROUP.process(context, chunk)["groups"] for chunk in GROUP.plan(context)]
    return [row for table in tables for row in table.to_pylist()]


def test_what_was_rejected_is_no_member(tmp_path: Path) -> None:
    context = context_of(tmp_path, [rejection("image", "small"), rejection("document", "b")])
    documents = {row["doc_id"]: row for row in rows_of(context) if row["kind"] == "document"}
    assert sorted(documents) == ["a", "c"]
    assert (documents["a"]["images"], documents["a"]["texts"]) == ([1], [0])
    assert (documents["c"]["images"], documents["c"]["texts"]) == ([0], [1])
    assert documents["a"]["family"] == "fa"
    assert documents["a"]["prior"] == [1.0]


def test_a_decision_elsewhere_leaves_a_chunk_as_it_is(tmp_path: Path) -> None:
    few = list(GROUP.plan(context_of(tmp_path / "few", [])))
    more = list(GROUP.plan(context_of(tmp_path / "more", [rejection("document", "c")])))
    assert len(few) == 2
    assert more == few[:1]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    shuffled = [random.Random(1).sample(rows, len(rows)) for rows in ELEMENTS]
    here = context_of(tmp_path / "here", [])
    there = context_of(tmp_path / "there", [], shuffled)
    assert list(GROUP.plan(here)) == list(GROUP.plan(there))
    assert rows_of(here) == rows_of(there)
    ids = [row["group_id"] for row in rows_of(here)]
    assert len(set(ids)) == len(ids)


def test_cases_alone_have_a_group_of_their_own(tmp_path: Path) -> None:
    assert {row["kind"] for row in rows_of(context_of(tmp_path / "pages", []))} >= {"document", "section"}
    assert [row for row in rows_of(context_of(tmp_path / "plain", [])) if row["kind"] == "case"] == []
    cases = rows_of(context_of(tmp_path / "cases", [], media_type=CASE))
    assert sorted(row["doc_id"] for row in cases if row["kind"] == "case") == ["a", "b", "c"]


def test_an_empty_dataset_has_no_groups(tmp_path: Path) -> None:
    assert rows_of(context_of(tmp_path, [], [])) == []
