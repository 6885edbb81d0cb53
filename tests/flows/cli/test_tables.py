from __future__ import annotations

from flows.cli.tables import metrics_table, text_table


def test_numbers_stand_to_the_right() -> None:
    lines = text_table(["name", "value"], [["a", 1.0], ["long name", 12.5]]).splitlines()
    assert [line.rstrip() for line in lines] == [
        "name        value",
        "a           1.000",
        "long name  12.500",
    ]


def test_metrics_show_the_spread_and_what_could_not_be_measured() -> None:
    metrics = {
        "unaligned/both": {"in_doc_auc": 0.75, "in_doc_auc_spread": 0.01, "corpus_recall_at_10": None},
        "section_length": {"in_doc_auc": 0.7, "another": 1},
    }
    lines = metrics_table(metrics).splitlines()
    assert "0.750 ±0.010" in lines[1]
    assert lines[1].split()[-1] == "-"
    assert "another" not in lines[0]
