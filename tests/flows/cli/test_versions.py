"""The commands around versions, on a small dataset: what they print, and how they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli.main import main
from storage.builds import record_build
from tests.storage.conftest import ROWS, make_build, write_rows


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    place = str(tmp_path / "dataset")
    record_build(place, make_build("aaaa1111", 1, write_rows(place, ROWS), counts={"documents": 3}))
    later = {"documents": [{"doc_id": "z", "uri": "file:///z", "title": "Zed"}]}
    versions = write_rows(place, later, "1")
    record_build(place, make_build("bbbb2222", 2, versions, parent="aaaa1111", counts={"documents": 1}))
    return place


def told(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


def said(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == status, result.output
    return result.output


def test_builds_are_listed_newest_first(dataset: str) -> None:
    told("tag", dataset, "good", "aaaa")
    builds = told("versions", dataset)["builds"]
    assert [(build["build_id"], build["reference"], build["tags"]) for build in builds] == [
        ("bbbb2222", "latest", []),
        ("aaaa1111", "latest~1", ["good"]),
    ]
    lines = said("versions", dataset).splitlines()
    assert lines[1].split() == ["bbbb2222", "2026-01-02", "00:00", "build", "aaaa1111", "1", "latest"]
    assert "and 1 earlier" in said("versions", dataset, "--limit", "1")


def test_tags_are_set_moved_listed_and_deleted(dataset: str) -> None:
    assert told("tag", dataset, "good")["target"] == "bbbb2222"
    assert "give --force to move it" in said("tag", dataset, "good", "latest~1", status=1)
    assert told("tag", dataset, "good", "latest~1", "--force", "--note", "why")["target"] == "aaaa1111"
    assert [tag["name"] for tag in told("tag", dataset)["tags"]] == ["good"]
    assert "why" in said("tag", dataset)
    assert told("tag", dataset, "good", "--delete")["deleted"]["target"] == "aaaa1111"
    assert "has no tags" in said("tag", dataset)


@pytest.mark.parametrize(
    "arguments", [["x", "--delete", "latest"], ["--delete"], ["x", "latest", "--run", "r"], ["--run", "r"]]
)
def test_a_tag_that_is_used_wrongly_is_a_wrong_use(dataset: str, arguments: list[str]) -> None:
    said("tag", dataset, *arguments, status=2)


def test_a_tag_names_no_run_that_is_not_there(dataset: str, tmp_path: Path) -> None:
    assert "no finished training run" in said("tag", dataset, "best", "--run", str(tmp_path), status=1)


def test_a_roll_back_and_a_question_about_the_past(dataset: str) -> None:
    count = "select count(*) as n from documents"
    assert told("query", dataset, count)["rows"] == [[1]]
    assert told("query", dataset, count, "--at", "latest~1")["rows"] == [[3]]
    assert told("rollback", dataset, "aaaa")["rolled_back_to"] == "aaaa1111"
    assert told("query", dataset, count)["rows"] == [[3]]
    assert "build, back to aaaa1111" in said("versions", dataset)


def test_a_difference_is_told(dataset: str) -> None:
    value = told("diff", dataset, "aaaa", "bbbb")
    assert (value["documents"]["added"]["total"], value["documents"]["removed"]["total"]) == (1, 3)
    text = said("diff", dataset, "aaaa")
    assert "Documents added (1)\n  + Zed  file:///z" in text
    assert "Documents removed (3)" in text
    assert "have the same rows, settings and code" in said("diff", dataset, "latest", "latest")
    rows = told("diff", dataset, "aaaa", "bbbb", "--table", "documents", "--limit", "1")
    assert (rows["removed"]["total"], len(rows["removed"]["listed"])) == (3, 1)
    assert "Rows of documents removed (3)" in said("diff", dataset, "aaaa", "--table", "documents")
    assert "has the same rows" in said("diff", dataset, "aaaa", "aaaa", "--table", "groups")


def test_a_vacuum_says_what_it_takes(dataset: str) -> None:
    would = told("vacuum", dataset, "--keep", "1", "--older-than", "0", "--dry-run")
    assert would["taken"] == ["aaaa1111"]
    assert "Took" in said("vacuum", dataset, "--keep", "1", "--older-than", "0")
    assert "vacuumed" in said("versions", dataset)
    assert "a vacuum has taken its files" in said("diff", dataset, "aaaa", status=1)
    assert "is no age" in said("vacuum", dataset, "--keep", "1", "--older-than", "soon", status=2)
    said("vacuum", dataset, status=2)


@pytest.mark.parametrize(
    "command", [["versions"], ["rollback", "latest"], ["diff", "latest"], ["vacuum", "--keep", "1"]]
)
def test_a_dataset_that_is_not_there_is_said(tmp_path: Path, command: list[str]) -> None:
    name, *rest = command
    text = said(name, str(tmp_path / "none"), *rest, status=1)
    assert text.startswith("Error: ")
    assert "no build" in text
    assert not (tmp_path / "none").exists()
