from __future__ import annotations

from typing import Any

from flows.report.blocks import blocks_of


def row(position: int, kind: str, text: str, **more: Any) -> dict[str, Any]:
    known = {
        "position": position,
        "kind": kind,
        "text": text,
        "level": None,
        "figure": None,
        "caption_of": None,
    }
    return {**known, "boilerplate": False, **more}


def test_a_table_shows_the_cells_that_its_reader_found() -> None:
    cells = [["time [s]", "a | b"], ["0", None], ["1", "x\ny"]]
    told, plain = blocks_of(
        [row(0, "table", "| other | text |", cells=cells), row(1, "table", "| a |\n| --- |\n| 1 |")], {}
    )
    assert told.rows == [["time [s]", "a | b"], ["0", ""], ["1", "x\ny"]]
    assert plain.rows == [["a"], ["1"]]


def test_a_long_table_is_cut_and_says_so() -> None:
    (block,) = blocks_of([row(0, "table", "", cells=[["n"], *([str(n)] for n in range(100))])], {})
    assert block.rows[-1] == ["… and 60 more rows"]
    assert len(block.rows) == 42
