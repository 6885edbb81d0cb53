"""What the bench prints: only what was measured, a column for each source."""

from __future__ import annotations

from typing import Any

from flows.cli.bench import _table


def _row(group: str, *, gain: float | None, way: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"group": group, "in_doc_auc": 0.7, "in_doc_p_at_1": 0.5}
    row["slices"] = {f"source:{name}": {"in_doc_auc": 0.6, "in_doc_p_at_1": 0.4} for name in ("one", "two")}
    for number in ("in_doc_auc", "in_doc_p_at_1"):
        row |= {f"{number}_way": way, f"{number}_gain": gain}
        row |= {f"{number}_gain_low": None, f"{number}_gain_high": None}
    return row


def _printed(way: float | None) -> str:
    metrics = {
        "mean/pixels": _row("order-free", gain=0.0, way=way),
        "unaligned/pixels": _row("order-free", gain=0.1, way=way),
        "unaligned/lexical": _row("order-free", gain=None, way=None),
    }
    return _table(
        "D",
        {
            "metrics": metrics,
            "best_baseline": {"pixels": "mean/pixels", "lexical": None},
            "left_out": ["multi_scale"],
        },
    )


def test_without_a_ceiling_no_way_to_it_is_printed_and_what_has_no_baseline_is_not_compared() -> None:
    comparison = next(block for block in _printed(None).split("\n\n") if "gain over" in block)
    assert "gain over mean/pixels" in comparison
    assert comparison.splitlines()[1].split() == ["AUC", "gain", "p@1", "gain"]
    assert "unaligned/lexical" not in comparison
    assert "+0.100" in comparison


def test_with_one_it_is() -> None:
    comparison = next(block for block in _printed(0.5).split("\n\n") if "gain over" in block)
    assert comparison.splitlines()[1].split() == ["AUC", "p@1", "AUC", "gain", "p@1", "gain"]
    assert comparison.splitlines()[3].split() == ["unaligned/pixels", "0.500", "0.500", "+0.100", "+0.100"]


def test_each_source_is_a_column() -> None:
    blocks = _printed(0.5).split("\n\n")
    assert [block.splitlines()[0] for block in blocks[-2:]] == ["D, AUC by source", "D, p@1 by source"]
    assert blocks[-1].splitlines()[1].split() == ["one", "two"]
