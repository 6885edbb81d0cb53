from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from flows.report.page import write_report
from storage import tables
from storage.builds import Build, record_build
from storage.schemas import table_of

_EARLY, _LATE = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))


def _try(url: str, outcome: str, attempt: int, at: datetime | None) -> dict[str, object]:
    return {"image_url": url, "outcome": outcome, "attempt": attempt, "round": 1, "tried_at": at}


def test_servers_stand_with_the_last_outcome_of_each_address(tmp_path: Path) -> None:
    dataset = str(tmp_path / "d")
    rows = {
        "documents": [
            {"doc_id": "0" * 32, "source": "s", "uri": "u", "path": "a.md", "n_elements": 0, "n_words": 0}
        ],
        "image_fetches": [
            _try("https://a.org/1.png", "failed", 1, _EARLY),
            _try("https://a.org/1.png", "ok", 2, _LATE),
            _try("https://user:word@a.org/2.png?x=/", "opted_out", 1, _EARLY),
            _try("http://b.org:81/3.png", "failed", 1, _EARLY),
            _try("file:///4.png", "ok", 1, None),
        ],
    }
    pinned = {}
    for name, of_table in rows.items():
        part = tables.write_part(dataset, name, "made-0a", table_of(name, of_table))
        pinned[name] = tables.commit(dataset, name, "made", [part], app_id="test")
    counts = {name: len(of_table) for name, of_table in rows.items()}
    record_build(dataset, Build("b", None, "build", _LATE, "{}", "0", pinned, counts))
    write_report(dataset, str(tmp_path / "page.html"))
    page = LexborHTMLParser((tmp_path / "page.html").read_text(encoding="utf-8"))
    cells = [[cell.text().strip() for cell in row.css("th, td")] for row in page.css("#hosts tbody tr")]
    assert cells == [
        ["a.org", "2", "3", "1", "0", "0", "1", "0", "50.0 %"],
        ["b.org:81", "1", "1", "0", "1", "0", "0", "0", "0.0 %"],
    ]
