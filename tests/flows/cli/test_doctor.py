from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from flows import checks
from flows.cli.main import main


def test_every_failed_check_says_what_to_do() -> None:
    found = checks.run_checks()
    assert {"python", "torch", "ray", "prefect", "fastapi", "memory", "disk"} <= {
        check.name for check in found
    }
    assert all(check.remedy for check in found if not check.ok)


def test_a_missing_need_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = checks.Check("ray", ok=False, found="missing", remedy="run make")
    monkeypatch.setattr(checks, "run_checks", lambda: [lacking])
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ok"] is False


def test_what_is_optional_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = checks.Check("tesseract", ok=False, found="missing", remedy="install it", needed=False)
    monkeypatch.setattr(checks, "run_checks", lambda: [lacking])
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "install it" in result.stdout
