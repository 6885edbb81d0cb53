"""Boards and alerts ask, in good PromQL, for metrics that somebody exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.core import GaugeMetricFamily

from flows.metrics.books import Books
from flows.metrics.page import BooksCollector
from tests.deploy.rendering import CHART, DEPLOY, Manifest, one

_BOARD = CHART / "files" / "board.json"
_MONITORING = DEPLOY / "monitoring"


@pytest.fixture(scope="module")
def board() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_BOARD.read_text())
    return loaded


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((_MONITORING / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _queries(board: dict[str, Any], rules: list[dict[str, Any]]) -> list[str]:
    of_board = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return [*of_board, *(rule["expr"] for rule in rules)]


def _names(query: str) -> set[str]:
    """Return the metrics that a query asks for.

    Raises:
        ValueError: if it is no PromQL.
    """
    return set(_selected(promql_parser.parse(query)))


def _selected(expression: Any) -> Iterator[str]:
    match expression:
        case promql_parser.VectorSelector():
            yield expression.name
        case promql_parser.MatrixSelector():
            yield from _selected(expression.vector_selector)
        case promql_parser.BinaryExpr():
            yield from _selected(expression.lhs)
            yield from _selected(expression.rhs)
        case promql_parser.Call():
            for argument in expression.args:
                yield from _selected(argument)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from _selected(expression.expr)
        case promql_parser.SubqueryExpr():
            yield from _selected(expression.expr)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            pass
        case _:
            raise TypeError(f"{type(expression).__name__} is not looked into")


def _of_ray() -> set[str]:
    """Return the metrics that Ray's own boards ask for."""
    folder = files("ray") / "dashboard" / "modules" / "metrics" / "dashboards"
    texts = [Path(str(file)).read_text() for file in folder.iterdir() if file.name.endswith("_panels.py")]
    return {name for text in texts for name in re.findall(r"\bray_[a-z0-9_]+", text)}


#: Ray's head exports it, though none of Ray's boards shows it.
_ALSO_OF_RAY = {"ray_running_jobs"}


def _of_looseleaf() -> set[str]:
    books = Books(runs={}, stages={}, heartbeat_ages={}, ready={})
    collected: list[GaugeMetricFamily] = list(BooksCollector(lambda: books).collect())
    return {family.name for family in collected}


def test_every_metric_is_exported(board: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    known = _of_ray() | _ALSO_OF_RAY | _of_looseleaf()
    asked = set().union(*map(_names, _queries(board, rules)))
    assert asked - known == set()
    # What this project exports is shown.
    assert _of_looseleaf() - asked == set()


@pytest.mark.parametrize("query", ["sum by (", "sum(a) by", "rate(a)", "a{b=c}", "a[5m", "increase(a[5x])"])
def test_bad_queries_are_found(query: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        _names(query)


def test_misspelt_metric_is_found() -> None:
    assert _names('sum(rate(ray_node_cpu{a="b"}[5m])) / on() looseleaf_flow_runs offset 5m') == {
        "ray_node_cpu",
        "looseleaf_flow_runs",
    }
    assert "ray_node_cpu" not in _of_ray()


def test_panels_stand_apart_and_say_what_they_show(board: dict[str, Any]) -> None:
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"], panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert panel["datasource"]["uid"] == "${source}"


def test_board_has_what_people_ask_for(board: dict[str, Any]) -> None:
    titles = " ".join(panel["title"].lower() for panel in board["panels"])
    for what in (
        "flow runs by state",
        "jobs",
        "seconds of each stage",
        "rows",
        "loss",
        "cpu",
        "gpu",
        "memory",
    ):
        assert what in titles
    assert "object store" in titles


def test_board_of_the_chart_is_the_same(everything: list[Manifest], board: dict[str, Any]) -> None:
    config = one(everything, "ConfigMap", "looseleaf-board")
    assert json.loads(config["data"]["looseleaf.json"]) == board


def test_alerts_say_what_to_do(rules: list[dict[str, Any]]) -> None:
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"].keys() == {"summary", "remedy"}
        # The labels that a summary names are those that its query leaves.
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            kept = re.findall(r"by \(([^)]*)\)", rule["expr"])
            assert not kept or all(label in names.split(", ") for names in kept), rule["alert"]


def test_what_is_provisioned_is_what_is_mounted() -> None:
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"]
    boards = yaml.safe_load((_MONITORING / "grafana-boards.yml").read_text())
    (provider,) = boards["providers"]
    mounted = [volume.split(":")[1] for volume in compose["grafana"]["volumes"]]
    assert f"{provider['options']['path']}/board.json" in mounted
    (source,) = yaml.safe_load((_MONITORING / "grafana-sources.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    config = yaml.safe_load((_MONITORING / "prometheus.yml").read_text())
    into = [volume.split(":")[1] for volume in compose["prometheus"]["volumes"]]
    assert {f"/etc/prometheus/{name}" for name in config["rule_files"]} <= set(into)
