from __future__ import annotations

import json

import pytest

from pipeline.boilerplate.marks import THRESHOLD, as_inputs, mark_repeated
from storage.schemas import table_of


def rows() -> list[dict[str, object]]:
    return [
        {
            "doc_id": doc_id,
            "position": position,
            "kind": "text",
            "text": "t",
            "boilerplate": marked,
            "boilerplate_score": score,
        }
        for doc_id in ("a", "b")
        for position, (marked, score) in enumerate([(False, None), (True, 1.0), (False, 0.2)])
    ]


def test_marks_have_a_score_above_the_threshold_and_the_rest_is_untouched() -> None:
    table = table_of("elements", rows())
    found = mark_repeated(table, json.loads(json.dumps(as_inputs({"b": {2: 0.25, 0: 1.0, 1: 0.5}}))))
    assert found.schema == table.schema
    assert found.slice(0, 3) == table.slice(0, 3)
    assert found["boilerplate"].to_pylist()[3:] == [True, True, True]
    assert found["boilerplate_score"].to_pylist()[3:] == pytest.approx([1.0, 1.0, THRESHOLD + 0.125])
    for name in table.column_names:
        if not name.startswith("boilerplate"):
            assert found[name] == table[name]


def test_nothing_repeated_is_the_same_table_and_twice_is_once() -> None:
    table = table_of("elements", rows())
    assert mark_repeated(table, []) is table
    repeated = as_inputs({"a": {0: 0.5}})
    once = mark_repeated(table, repeated)
    assert mark_repeated(once, repeated) == once


def test_inputs_do_not_depend_on_the_order_in_which_pages_were_found() -> None:
    assert as_inputs({"b": {2: 0.1, 1: 0.2}, "a": {0: 0.3}}) == as_inputs(
        {"a": {0: 0.3}, "b": {1: 0.2, 2: 0.1}}
    )
