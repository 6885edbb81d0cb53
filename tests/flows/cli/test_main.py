"""The command line: its help, its errors and what it writes where."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli.main import COMMANDS, main

HEAVY = (
    "torch",
    "ray",
    "prefect",
    "transformers",
    "scrapy",
    "duckdb",
    "pyarrow",
    "pandas",
    "pydantic",
    "numpy",
)


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


def test_help_answers_within_a_second_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom flows.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the processor, not of the clock: what else the machine does is not its fault.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
    assert done.stdout.splitlines()[-1] == "[]"
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(runner: CliRunner, name: str) -> None:
    result = runner.invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.output


def test_an_unknown_command_names_the_nearest(runner: CliRunner) -> None:
    result = runner.invoke(main, ["biuld", "x"])
    assert result.exit_code == 2
    assert "did you mean 'build'?" in result.stderr


def test_a_missing_argument_is_wrong_usage(runner: CliRunner) -> None:
    result = runner.invoke(main, ["query", "somewhere"])
    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "{folder}/none", "select 1"],
        ["extract", "{folder}/none.html"],
        ["build", "{folder}/none.yaml"],
        ["search", "{folder}/none", "words"],
    ],
)
def test_an_error_is_one_sentence_and_no_traceback(
    runner: CliRunner, tmp_path: Path, arguments: list[str]
) -> None:
    filled = [argument.format(folder=tmp_path) for argument in arguments]
    result = runner.invoke(main, [*filled, "--json"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert "Traceback" in runner.invoke(main, [*filled, "--debug"]).stderr


def test_a_wrong_recipe_is_said_before_anything_starts(runner: CliRunner, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("name: x\nsources: [{kind: files, name: a, root: ., inclde: ['*.md']}]\n")
    result = runner.invoke(main, ["build", str(recipe)])
    assert result.exit_code == 1
    assert "include" in result.stderr


def test_extract_prints_one_json_object(runner: CliRunner, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<title>Beam</title><p>A beam bends under load.<img src=b.png srcset='c.png 2x' alt=beam>"
    )
    result = runner.invoke(main, ["extract", str(page), "--json"])
    found = json.loads(result.stdout)
    assert {"uri", "title", "language", "elements"} <= found.keys()
    image = next(element for element in found["elements"] if element["kind"] == "image")
    assert {
        "position",
        "text",
        "section_path",
        "image_url",
        "candidates",
        "alt",
        "caption_of",
        "boilerplate",
    } <= (image.keys())
    assert len(image["candidates"]) == 2


def test_an_unforeseen_failure_is_one_sentence(tmp_path: Path) -> None:
    code = (
        "import sys, flows.checks\n"
        "def fail(): raise ZeroDivisionError('by zero')\n"
        "flows.checks.run_checks = fail\n"
        "from flows.cli.main import main\n"
        "sys.argv = ['looseleaf', *sys.argv[1:]]\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code, "doctor"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "ZeroDivisionError: by zero" in done.stderr
    debug = subprocess.run(
        [sys.executable, "-c", code, "doctor", "--debug"], capture_output=True, text=True, check=False
    )
    assert "Traceback" in debug.stderr
