"""The image: hadolint's rules, the versions of constraints.txt, no root, and nothing in it that is secret."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.image import requirements
from flows.environment import Home, variables
from tests.deploy.rendering import DEPLOY, REPOSITORY

_FILE = DEPLOY / "image" / "Dockerfile"


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _lint(text: str) -> set[str]:
    """Return the codes of what hadolint finds."""
    ran = subprocess.run(
        [_program("hadolint"), "--format", "json", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return {found["code"] for found in json.loads(ran.stdout)}


@pytest.fixture(scope="module")
def text() -> str:
    return _FILE.read_text()


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_linter_finds_nothing(text: str) -> None:
    assert _lint(text) == set()


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("FROM ${PYTHON_IMAGE} AS runtime", "FROM python:latest AS runtime", "DL3007"),
        ("USER 1000:1000", "USER root", "DL3002"),
        ('ENTRYPOINT ["tini", "--"]', "ENTRYPOINT tini --", "DL3025"),
        ("WORKDIR /data", "WORKDIR data", "DL3000"),
        (" && rm -rf /var/lib/apt/lists/*", "", "DL3009"),
        ("--no-install-recommends ", "", "DL3015"),
        ("efficientnet-lite-pytorch==0.1.0", "efficientnet-lite-pytorch", "DL3013"),
        ("USER 1000:1000", "USER 1000:1000\nRUNN true", "DL1000"),
    ],
)
def test_linter_finds_what_is_wrong(text: str, before: str, after: str, code: str) -> None:
    assert before in text
    assert code in _lint(text.replace(before, after, 1).replace("\\\n    \\\n", "\\\n"))


def test_versions_are_those_of_the_constraints(text: str, pins: dict[str, str]) -> None:
    named = re.findall(r"([a-zA-Z0-9_-]+)==([0-9][^\s\\]*)", text)
    assert {name for name, _ in named} >= {"torch", "efficientnet-lite-pytorch"}
    assert {name: pins[name] for name, _ in named} == dict(named)
    # All else that pip installs, and what it needs to build, is held by the file itself.
    assert "PIP_CONSTRAINT=/source/constraints.txt" in text
    assert text.index("COPY constraints.txt") < text.index("    pip install")
    for line in re.findall(r"pip install.*", text):
        assert "--no-build-isolation" not in line


def test_python_is_the_one_that_the_project_asks_for(text: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    (version,) = re.findall(r"ARG PYTHON_IMAGE=python:([0-9.]+)-", text)
    assert project["requires-python"] == ">=3.11,<3.12"
    assert version.startswith("3.11.")
    assert text.count("FROM ${PYTHON_IMAGE}") == 2


def test_everything_that_is_required_is_pinned(pins: dict[str, str]) -> None:
    """A requirement that the constraints do not name would be another in each image."""
    known = {name.lower().replace("_", "-") for name in pins}
    wanted = requirements.requirements(REPOSITORY / "pyproject.toml")
    names = {re.split(r"[\[<>=;]", each)[0].strip().lower().replace("_", "-") for each in wanted}
    assert {"prefect", "prefect-kubernetes", "psycopg", "ray", "torch"} <= names
    assert names - known == set()


def test_requirements_are_printed_one_a_line() -> None:
    ran = subprocess.run(
        [sys.executable, str(DEPLOY / "image" / "requirements.py"), "pyproject.toml"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == requirements.requirements(REPOSITORY / "pyproject.toml")


def test_only_what_is_copied_goes_to_the_builder(text: str) -> None:
    """Each file that the image copies is let through, and neither data nor secrets are."""
    rules = (DEPLOY / "image" / "Dockerfile.dockerignore").read_text().splitlines()
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    assert "*" in rules
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", text, flags=re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert set(copied) == set(kept)
    for source in copied:
        assert (REPOSITORY / source).exists(), source
    for path in (".git/config", "deploy/compose/.env", ".venv/bin/python", "looseleaf-demo/summary.json"):
        assert not any(path == rule or path.startswith(f"{rule}/") for rule in kept)
    assert any(fnmatch.fnmatch("flows/__pycache__", rule) for rule in rules if not rule.startswith("!"))


def test_it_is_not_root_and_gets_every_signal(text: str) -> None:
    runtime = text[text.index("AS runtime") :]
    assert runtime.index("USER 1000:1000") > runtime.index("RUN ")
    assert 'ENTRYPOINT ["tini", "--"]' in runtime
    assert "HEALTHCHECK" in runtime
    # The compiler, pip's cache and the sources stay behind.
    assert "pip install" not in runtime
    assert "COPY --from=complete /opt/looseleaf /opt/looseleaf" in runtime


def test_environment_is_that_of_the_service(text: str) -> None:
    """But for what differs from place to place: folders and the file of the token."""
    runtime = text[text.index("AS runtime") :]
    told = dict(re.findall(r"^ *(?:ENV )?([A-Za-z_]+)=(\S+)", runtime, flags=re.MULTILINE))
    wanted = variables(Home(Path("/nowhere")))
    assert {name for name, value in wanted.items() if "/nowhere" in value} == {
        "PREFECT_HOME",
        "RAY_AUTH_TOKEN_PATH",
    }
    assert {name: told.get(name) for name, value in wanted.items() if "/nowhere" not in value} == {
        name: value for name, value in wanted.items() if "/nowhere" not in value
    }


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_each_device_has_its_build_of_torch(text: str, device: str) -> None:
    stage = text[text.index(f"AS torch-{device}") :]
    install = stage[: stage.index("torch==")]
    assert ("--index-url" in install) is (device == "cpu")


def test_scripts_pass_shellcheck(tmp_path: Path) -> None:
    scripts = [DEPLOY / "image" / "healthcheck", DEPLOY / "compose" / "make-env"]
    ran = subprocess.run(
        [_program("shellcheck"), *map(str, scripts)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")
    wrong = tmp_path / "wrong"
    wrong.write_text("#!/bin/sh\nrm -rf $1/*\n")
    assert (
        subprocess.run([_program("shellcheck"), str(wrong)], capture_output=True, check=False).returncode == 1
    )
