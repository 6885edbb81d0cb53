"""What changes when code does."""

from __future__ import annotations

from pathlib import Path

from storage.code_hash import code_hash


def test_only_the_code_that_counts_changes_the_hash(tmp_path: Path) -> None:
    package = tmp_path / "training"
    (package / "units").mkdir(parents=True)
    for name in ("loop.py", "units/parts.py", "units.py"):
        (package / name).write_text("1\n")
    without = ("training/units",)
    whole, part = code_hash([package]), code_hash([package], without)
    assert whole != part
    (package / "notes.md").write_text("2\n")
    (package / "units" / "parts.py").write_text("2\n")
    assert code_hash([package]) != whole
    assert code_hash([package], without) == part
    (package / "units.py").write_text("2\n")
    assert code_hash([package], without) != part
