"""`looseleaf query`: where its answer goes, what the tab key offers, and the prompt."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from flows.cli.main import main
from flows.cli.sql_completion import suggestions
from flows.cli.sql_prompt import prompt
from storage.builds import record_build
from storage.examples import EXAMPLES
from storage.queries import connect, known_names, run_query
from storage.sandbox import Limits
from tests.storage.conftest import ROWS, make_build, write_rows


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = str(tmp_path_factory.mktemp("asked"))
    record_build(place, make_build("b1", 1, write_rows(place, ROWS)))
    record_build(place, make_build("b2", 2, write_rows(place, {"documents": [{"doc_id": "new"}]}, "1")))
    return place


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


ASKED = "SELECT source, count(*) AS n FROM documents GROUP BY source ORDER BY source"
ROWS_OF_B1 = [["one", 2], ["two", 1]]


def test_the_answer_is_one_object(runner: CliRunner, dataset: str) -> None:
    result = runner.invoke(main, ["query", dataset, ASKED, "--at", "b1", "--json"])
    assert json.loads(result.stdout) == {"columns": ["source", "n"], "rows": ROWS_OF_B1}
    same = runner.invoke(main, ["query", dataset, ASKED, "--build", "b1", "--format", "json"])
    assert same.stdout == result.stdout


def test_the_newest_build_answers_without_a_word(runner: CliRunner, dataset: str) -> None:
    result = runner.invoke(main, ["query", dataset, "SELECT doc_id FROM documents", "--format", "csv"])
    assert result.stdout == "doc_id\nnew\n"


def test_binary_formats_go_into_a_pipe_or_a_file(runner: CliRunner, dataset: str, tmp_path: Path) -> None:
    expected = run_query(dataset, ASKED, "b1")
    arguments = ["query", dataset, ASKED, "--at", "b1", "--format"]
    piped = runner.invoke(main, [*arguments, "arrow"])
    assert pa.ipc.open_file(io.BytesIO(piped.stdout_bytes)).read_all() == expected
    out = tmp_path / "made" / "x.parquet"
    told = runner.invoke(main, [*arguments, "parquet", "--out", str(out), "--json"])
    assert pq.read_table(out) == expected
    assert json.loads(told.stdout) == {"out": str(out), "rows": 2}


def test_an_error_leaves_no_output(runner: CliRunner, dataset: str, tmp_path: Path) -> None:
    late = "SELECT CASE range WHEN 50000 THEN ('x' || range)::INT ELSE 1 END FROM range(100000)"
    out = tmp_path / "x.csv"
    for more in ([], ["--out", str(out)], ["--json"]):
        result = runner.invoke(main, ["query", dataset, late, "--format", "csv", *more])
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.startswith("Error: The query cannot be answered")
    assert list(tmp_path.iterdir()) == []


def test_limits_are_told(runner: CliRunner, dataset: str) -> None:
    endless = "SELECT sum(a.range * b.range) FROM range(1000000000) a, range(1000000000) b"
    result = runner.invoke(main, ["query", dataset, endless, "--seconds", "0.2"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "longer than 0.2 seconds" in result.stderr
    shown = runner.invoke(main, ["query", dataset, "SELECT * FROM range(50)", "--rows", "5"])
    assert len(shown.stdout.splitlines()) == 2 + 5 + 1


def test_a_query_may_come_by_pipe(runner: CliRunner, dataset: str) -> None:
    for arguments in ([], ["-"]):
        result = runner.invoke(
            main, ["query", dataset, *arguments, "--format", "csv"], input="SELECT 1 AS one\n"
        )
        assert result.stdout == "one\n1\n"
    assert runner.invoke(main, ["query", dataset, "-"], input=" \n").exit_code == 2


def test_a_plan_is_shown(runner: CliRunner, dataset: str) -> None:
    result = runner.invoke(main, ["query", dataset, ASKED, "--explain"])
    assert "Group By" in result.stdout
    assert json.loads(runner.invoke(main, ["query", dataset, ASKED, "--explain", "--json"]).stdout)["plan"]


@pytest.mark.parametrize(("told", "sql"), EXAMPLES)
def test_the_examples_are_answered_and_shown(runner: CliRunner, dataset: str, told: str, sql: str) -> None:
    run_query(dataset, sql, "b1")
    shown = runner.invoke(main, ["query", "--help"]).stdout
    assert told in shown
    assert sql in shown


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("SELECT * FROM docu", "documents"),
        ("SELECT * FROM kept_d", "kept_documents"),
        ("select * from documents d join ima", "images"),
        ("SELECT lang", "language"),
        ("SELECT * FROM documents WHERE lic", "license"),
        ("SELECT d.tit", "title"),
        ("SELECT e.boiler", "boilerplate"),
        ("SELECT count(*) FROM documents GROU", "GROUP BY"),
        ("DESCRIBE element_", "element_stats"),
        ("sel", "SELECT"),
        ("SELECT * FROM documents, elem", "elements"),
    ],
)
def test_the_tab_key_offers_what_fits(text: str, first: str) -> None:
    word, found = suggestions(text, known_names(), " FROM documents d JOIN elements AS e USING (doc_id)")
    assert text.endswith(word)
    assert found[0] == first


def test_of_a_table_only_its_columns_are_offered() -> None:
    names = known_names()
    assert suggestions("SELECT * FROM images i WHERE i.", names) == ("", names["images"])
    assert suggestions("SELECT * FROM images WHERE mime = 'ima", names) == ("ima", [])
    assert suggestions("SELECT zzz", names) == ("zzz", [])


def test_bash_completes_tables_and_columns(dataset: str) -> None:
    def completed(words: list[str]) -> list[str]:
        line = " ".join(words)
        done = subprocess.run(
            [sys.executable, "-c", "from flows.cli.main import main; main(prog_name='looseleaf')"],
            env={
                **os.environ,
                "_LOOSELEAF_COMPLETE": "bash_complete",
                "COMP_WORDS": line,
                "COMP_CWORD": str(len(words) - 1),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return [one.partition(",")[2] for one in done.stdout.splitlines()]

    assert completed(["looseleaf", "que"]) == ["query", "query-server"]
    start = '"SELECT source, count(*) FROM '
    offered = completed(["looseleaf", "query", dataset, start + "kept_"])
    assert offered == [start[1:] + "kept_images", start[1:] + "kept_documents"]
    # A second candidate keeps bash from closing the quote.
    (only, spaced) = completed(["looseleaf", "query", dataset, start + "image_refer"])
    assert only + " " == spaced


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(runner: CliRunner, shell: str) -> None:
    script = runner.invoke(main, ["completion", shell]).stdout
    assert "_LOOSELEAF_COMPLETE" in script
    assert json.loads(runner.invoke(main, ["completion", shell, "--json"]).stdout)["shell"] == shell
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_prompt_answers_until_it_is_left(
    dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    out = io.BytesIO()
    with connect(dataset, "b1") as connection, create_pipe_input() as keys:
        keys.send_text("SELECT source,\rcount(*) AS n\rFROM documents GROUP BY 1 ORDER BY 1;\r")
        keys.send_text("SELECT titel FROM documents;\r.columns links\r.nonsense\r.explain SELECT 1;\r\r")
        keys.send_text("SELECT 1; DROP VIEW documents;\r.quit\r")
        prompt(connection, Limits(), 10, out, (keys, DummyOutput()))
    answers, told = out.getvalue().decode(), capsys.readouterr().err
    assert answers.startswith("source  n\n------  -\none     2\ntwo     1\n")
    assert "doc_id\nimage\ntext\n" in answers
    assert "Projection" in answers
    for wrong in ('did you mean "title"', "no .nonsense", "one SELECT"):
        assert wrong in told
    assert "FROM documents GROUP BY 1" in (tmp_path / "looseleaf" / "query_history").read_text()
