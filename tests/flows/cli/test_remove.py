from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from flows.cli.main import main
from storage.schemas import table_of
from storage.tables import commit, read, write_part


def dataset(folder: Path) -> str:
    rows: list[dict[str, object]] = [
        {"doc_id": f"{number:032x}", "source": "s", "uri": f"https://example.org/{number}"}
        for number in range(3)
    ]
    part = write_part(str(folder), "documents", "extract-00", table_of("documents", rows))
    commit(str(folder), "documents", "extract", [part], app_id="test")
    return str(folder)


def test_what_is_named_or_listed_is_removed(tmp_path: Path) -> None:
    place = dataset(tmp_path / "d")
    listed = tmp_path / "list.txt"
    listed.write_text(f"# asked for by mail\n{2:032x}\n")
    result = CliRunner().invoke(
        main, ["remove", place, "--uri", "https://example.org/0", "--list", str(listed), "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"documents": 2, "images": 0, "files": 1}
    assert read(place, "documents").column("uri").to_pylist() == ["https://example.org/1"]


def test_wrong_uses_are_said(tmp_path: Path) -> None:
    place = dataset(tmp_path / "d")
    assert CliRunner().invoke(main, ["remove", place]).exit_code == 2
    for arguments, said in (
        ([str(tmp_path / "none"), "--uri", "x"], "no dataset"),
        ([place, "--list", str(tmp_path / "none.txt")], "list of removals"),
        ([place, "--uri", "https://example.org/x*"], "slash"),
    ):
        result = CliRunner().invoke(main, ["remove", *arguments])
        assert result.exit_code == 1
        assert said in result.output
    assert read(place, "documents").num_rows == 3
