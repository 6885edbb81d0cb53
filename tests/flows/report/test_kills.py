from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from flows.report.page import write_report
from storage import tables
from storage.builds import Build, record_build
from storage.schemas import table_of

TEXT = "<b>smoothSolver</b>: Solving for Ux, Initial residual = 1"


def test_kill_rates_stand_by_source_with_samples(tmp_path: Path) -> None:
    dataset = str(tmp_path / "d")
    ids = [f"{number:032x}" for number in range(4)]
    rows: dict[str, list[dict[str, object]]] = {
        "documents": [
            {
                "doc_id": doc_id,
                "source": source,
                "path": f"{source}.md",
                "uri": doc_id,
                "n_elements": 1,
                "n_words": 9,
            }
            for doc_id, source in zip(ids, ["logs", "logs", "notes", "notes"], strict=True)
        ],
        "elements": [{"doc_id": ids[0], "position": 0, "kind": "code", "text": TEXT}],
        "element_stats": [{"doc_id": ids[0], "position": place, "kind": "code"} for place in range(4)],
        "rejections": [
            {"stage": "clean", "unit": "document", "unit_id": ids[2], "source": "notes", "rule": "too_short"},
            {
                "stage": "clean",
                "unit": "element",
                "unit_id": f"{ids[0]}#0",
                "source": "logs",
                "rule": "special_characters",
                "value": 0.6,
                "threshold": 0.3,
                "detail": "Too many signs.",
            },
        ],
    }
    pinned = {}
    for name, of_table in rows.items():
        part = tables.write_part(dataset, name, "made-0a", table_of(name, of_table))
        pinned[name] = tables.commit(dataset, name, "made", [part], app_id="test")
    recipe = json.dumps({"name": "t", "clean": {"preset": "obelics"}})
    counts = {name: len(of_table) for name, of_table in rows.items()}
    record_build(dataset, Build("b", None, "build", datetime.now(UTC), recipe, "0", pinned, counts))
    write_report(dataset, str(tmp_path / "page.html"))
    page = LexborHTMLParser((tmp_path / "page.html").read_text(encoding="utf-8"))
    cells = [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in page.css("#kills tr")]
    assert cells == [
        ["Rule", "drops", "logs", "notes"],
        ["too short", "document", "", "1 50.0 %"],
        ["special characters", "element", "1 25.0 %", ""],
    ]
    accounts = page.css_first("#accounts")
    assert accounts is not None
    assert "The recipe's preset is obelics." in accounts.text()
    # The text itself is shown, as text.
    assert f"“{TEXT}” Too many signs." in accounts.text()
