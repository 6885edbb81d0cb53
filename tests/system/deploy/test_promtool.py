"""Prometheus's own tool reads its configuration, and each alert is raised when it must be, and not before."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

_MONITORING = Path(__file__).parents[3] / "deploy" / "monitoring"


def _promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(_MONITORING / name, tmp_path)
    return tmp_path


def test_configuration_and_rules_are_taken(copy: Path) -> None:
    ran = _promtool(copy, "check", "config", "--syntax-only", "prometheus.yml")
    assert ran.returncode == 0, ran.stderr
    rules = _promtool(copy, "check", "rules", "alerts.yml")
    assert rules.returncode == 0, rules.stderr
    assert f"{len(_alerts())} rules found" in rules.stdout


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("prometheus.yml", "scrape_interval: 15s", "scrape_interval: 15"),
        ("prometheus.yml", "metrics_path:", "metric_path:"),
        ("prometheus.yml", "dns_sd_configs:", "dns_configs:"),
        ("alerts.yml", "expr: absent(", "expr: absnt("),
        ("alerts.yml", "for: 1m", "fro: 1m"),
        ("alerts.yml", "{{ $labels.run }}", "{{ $labels.run }"),
    ],
)
def test_what_is_wrong_is_refused(copy: Path, file: str, before: str, after: str) -> None:
    text = (copy / file).read_text()
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1))
    config = _promtool(copy, "check", "config", "--syntax-only", "prometheus.yml")
    rules = _promtool(copy, "check", "rules", "alerts.yml")
    assert config.returncode or rules.returncode


def _alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((_MONITORING / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


#: Series that raise nothing; `1x30` is that value for 30 minutes.
_QUIET = {
    'looseleaf_flow_runs{flow="build",state="CRASHED"}': "1x30",
    'looseleaf_flow_runs{flow="build",state="FAILED"}': "2x30",
    'looseleaf_run_heartbeat_age_seconds{run="build a"}': "20x30",
    'looseleaf_deployment_ready{deployment="build/local"}': "1x30",
    "looseleaf_prefect_up": "1x30",
    'ray_node_cpu_utilization{instance="ray"}': "10x30",
    'ray_node_disk_usage{instance="ray"}': "10x30",
    'ray_node_disk_free{instance="ray"}': "90x30",
    'ray_object_store_memory{instance="ray",Location="SPILLED"}': "1000x30",
    'ray_memory_manager_worker_eviction_total{instance="ray"}': "3x30",
}
#: Of each alert the series that raise it by the last minute, and the labels that it then has.
_RAISED = {
    "RunCrashed": ({'looseleaf_flow_runs{flow="build",state="CRASHED"}': "1x25 2x4"}, {"flow": "build"}),
    "RunFailed": ({'looseleaf_flow_runs{flow="build",state="FAILED"}': "2x25 3x4"}, {"flow": "build"}),
    "RunSilent": ({'looseleaf_run_heartbeat_age_seconds{run="build a"}': "20x20 300x9"}, {"run": "build a"}),
    "NobodyServes": (
        {'looseleaf_deployment_ready{deployment="build/local"}': "1x10 0x19"},
        {"deployment": "build/local"},
    ),
    "PrefectAway": ({"looseleaf_prefect_up": "1x20 0x9"}, {}),
    "RayAway": ({'ray_node_cpu_utilization{instance="ray"}': "10x10 stale _x18"}, {}),
    "DiskNearlyFull": ({'ray_node_disk_usage{instance="ray"}': "10x10 810x19"}, {"instance": "ray"}),
    "DiskFull": ({'ray_node_disk_usage{instance="ray"}': "10x10 9000x19"}, {"instance": "ray"}),
    "Spilling": (
        {'ray_object_store_memory{instance="ray",Location="SPILLED"}': "1000x10 2000000000x19"},
        {"instance": "ray"},
    ),
    "KilledForMemory": (
        {'ray_memory_manager_worker_eviction_total{instance="ray"}': "3x25 4x4"},
        {"instance": "ray"},
    ),
}


def _values(told: str) -> str:
    """Write `1x25 2x4` (a value for so many minutes) as promtool does."""
    runs = []
    for part in told.split():
        value, _, times = part.partition("x")
        runs.append(part if not times or value == "_" else f"{value}+0x{int(times) - 1}")
    return " ".join(runs)


def _test_file(folder: Path, series: dict[str, str], raised: dict[str, dict[str, str]]) -> None:
    alerts = _alerts()
    looks = [
        {
            "eval_time": "29m",
            "alertname": name,
            "exp_alerts": [{"exp_labels": {**raised[name], **rule["labels"]}}] if name in raised else [],
        }
        for name, rule in alerts.items()
    ]
    # What an alert says is not looked at here: values in it differ.
    rules = yaml.safe_load((folder / "alerts.yml").read_text())
    for rule in rules["groups"][0]["rules"]:
        del rule["annotations"]
    (folder / "alerts.yml").write_text(yaml.safe_dump(rules))
    told = {
        "rule_files": ["alerts.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": _values(value)} for name, value in series.items()
                ],
                "alert_rule_test": looks,
            }
        ],
    }
    (folder / "test.yml").write_text(yaml.safe_dump(told))


def test_nothing_is_raised_while_all_is_well(copy: Path) -> None:
    _test_file(copy, _QUIET, {})
    ran = _promtool(copy, "test", "rules", "test.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_is_tried() -> None:
    assert _RAISED.keys() == _alerts().keys()


@pytest.mark.parametrize("alert", _RAISED)
def test_alert_is_raised_and_no_other(copy: Path, alert: str) -> None:
    series, labels = _RAISED[alert]
    raised = {alert: labels}
    if alert == "DiskFull":
        raised["DiskNearlyFull"] = labels
    _test_file(copy, {**_QUIET, **series}, raised)
    ran = _promtool(copy, "test", "rules", "test.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
