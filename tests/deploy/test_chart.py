"""Values change the manifests where they should, and nowhere else; wrong values are refused in words."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import helm_python
import pytest
import yaml

from tests.deploy.conftest import EVERYTHING
from tests.deploy.rendering import CHART, REPOSITORY, Manifest, one, pods, render


def _pins() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_helm_finds_nothing_wrong(values: Mapping[str, Any]) -> None:
    report = helm_python.lint(CHART, dict(values), strict=True, namespace="looseleaf", kube_version="v1.30.0")
    # Severity 1 is information: the chart has no picture.
    assert [message for message in report["messages"] if message["severity"] > 1] == []
    assert report["errors"] == []


def test_same_values_give_the_same_manifests(defaults: list[Manifest]) -> None:
    assert render() == defaults


def test_versions_are_those_that_are_tested_together(defaults: list[Manifest]) -> None:
    assert one(defaults, "RayCluster")["spec"]["rayVersion"] == _pins()["ray"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = (REPOSITORY / "pyproject.toml").read_text()
    assert f'version = "{chart["appVersion"]}"' in project
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["image"]["tag"] == f"{chart['appVersion']}-cpu"
    assert values["image"]["cudaTag"] == f"{chart['appVersion']}-cuda"


def _changed(before: list[Manifest], after: list[Manifest]) -> set[str]:
    def named(manifests: list[Manifest]) -> dict[str, str]:
        return {
            f"{each['kind']}/{each['metadata']['name']}": json.dumps(each, sort_keys=True)
            for each in manifests
        }

    old, new = named(before), named(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({"ray": {"version": "2.61.0"}}, {"RayCluster/looseleaf-ray"}),
        ({"ray": {"autoscaler": {"idleTimeout": 7}}}, {"RayCluster/looseleaf-ray"}),
        ({"prefect": {"flow": {"keep": 7}}}, {"ConfigMap/looseleaf-work-pool"}),
        ({"prefect": {"flow": {"rayDashboard": "http://ray.example"}}}, {"ConfigMap/looseleaf-work-pool"}),
        ({"prefect": {"server": {"url": "https://flows.example"}}}, {"Deployment/looseleaf-prefect"}),
        ({"prefect": {"trainings": 3}}, {"Job/looseleaf-deploy-flows"}),
        (
            {"prefect": {"worker": {"pool": "other"}}},
            {"Deployment/looseleaf-worker", "Job/looseleaf-deploy-flows"},
        ),
        ({"postgres": {"storage": "7Gi"}}, {"StatefulSet/looseleaf-postgres"}),
        (
            {"storage": {"endpoint": "http://store:9000"}},
            {"ConfigMap/looseleaf-work-pool", "RayCluster/looseleaf-ray"},
        ),
        (
            {"serviceAccountAnnotations": {"a": "b"}},
            {"ServiceAccount/looseleaf-work", "ServiceAccount/looseleaf-ray-head"},
        ),
        (
            {"secrets": {"postgres": "other"}},
            {"StatefulSet/looseleaf-postgres", "Deployment/looseleaf-prefect"},
        ),
        (
            {"network": {"monitoringNamespace": ""}},
            {"NetworkPolicy/looseleaf-ray", "NetworkPolicy/looseleaf-metrics"},
        ),
        ({"metrics": {"board": False}}, {"ConfigMap/looseleaf-board"}),
        (
            {"metrics": {"enabled": False}},
            {"Deployment/looseleaf-metrics", "NetworkPolicy/looseleaf-metrics"},
        ),
        (
            {"kueue": {"enabled": True}},
            {
                *("ResourceFlavor/looseleaf-cpu", "ResourceFlavor/looseleaf-gpu"),
                *("ClusterQueue/looseleaf", "LocalQueue/looseleaf"),
            },
        ),
        ({"kueue": {"enabled": True, "makeQueues": False, "rayCluster": True}}, {"RayCluster/looseleaf-ray"}),
        (
            {"runs": EVERYTHING["runs"]},
            {
                "RayJob/looseleaf-train-manuals",
                "NetworkPolicy/looseleaf-run",
                "NetworkPolicy/looseleaf-submitter",
            },
        ),
    ],
    ids=lambda value: json.dumps(value)[:50] if isinstance(value, dict) else "",
)
def test_value_changes_what_it_is_about(
    defaults: list[Manifest], values: Mapping[str, Any], changed: set[str]
) -> None:
    assert _changed(defaults, render(values)) == changed


def test_database_of_ones_own_replaces_the_chart_s() -> None:
    manifests = render({"postgres": {"internal": False, "host": "db.example", "port": 6432}})
    assert not [each for each in manifests if "postgres" in each["metadata"]["name"]]
    (server,) = [pod for pod in pods(manifests) if pod.role == "prefect-server"]
    told = {each["name"]: each.get("value") for each in server.containers[0]["env"]}
    assert told["PREFECT_SERVER_DATABASE_HOST"] == "db.example"
    assert told["PREFECT_SERVER_DATABASE_PORT"] == "6432"


def test_store_that_knows_pods_by_their_account_needs_no_key() -> None:
    manifests = render({"secrets": {"storage": ""}})
    names = {each["name"] for pod in pods(manifests) for at in pod.containers for each in at.get("env", [])}
    assert "AWS_ACCESS_KEY_ID" not in names
    assert "AWS_REGION" in names


def test_autoscaler_keeps_between_the_bounds_of_each_group(defaults: list[Manifest]) -> None:
    groups = {each["groupName"]: each for each in one(defaults, "RayCluster")["spec"]["workerGroupSpecs"]}
    for told in yaml.safe_load((CHART / "values.yaml").read_text())["ray"]["workers"]:
        group = groups.pop(told["name"])
        assert (group["minReplicas"], group["maxReplicas"]) == (told["min"], told["max"])
        assert group["idleTimeoutSeconds"] == told["idleTimeout"]
        assert group["template"]["spec"]["restartPolicy"] == "Never"
    assert groups == {}
    spec = one(defaults, "RayCluster")["spec"]
    assert spec["enableInTreeAutoscaling"] is True
    assert spec["autoscalerOptions"]["version"] == "v2"


def test_run_is_queued_and_its_command_is_one_command(everything: list[Manifest]) -> None:
    job = one(everything, "RayJob")
    assert (
        job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"]
        == one(everything, "LocalQueue")["metadata"]["name"]
    )
    # Kueue refuses clusters that scale, and jobs whose cluster stays.
    assert job["spec"]["rayClusterSpec"]["enableInTreeAutoscaling"] is False
    assert job["spec"]["shutdownAfterJobFinishes"] is True
    command = EVERYTHING["runs"][0]["command"]
    assert shlex.split(job["spec"]["entrypoint"]) == [
        *("env", "RAY_ADDRESS=http://127.0.0.1:8265", "looseleaf"),
        *map(str, command),
    ]
    (group,) = job["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    assert group["replicas"] == group["minReplicas"] == group["maxReplicas"] == 2


def test_cluster_that_scales_tells_kueue_that_it_does(everything: list[Manifest]) -> None:
    cluster = one(everything, "RayCluster")["metadata"]
    assert cluster["annotations"] == {"kueue.x-k8s.io/elastic-job": "true"}
    assert cluster["labels"]["kueue.x-k8s.io/queue-name"] == "looseleaf"


def test_queue_covers_all_that_pods_ask_of_it(everything: list[Manifest]) -> None:
    """A resource that no group covers would never be admitted."""
    covered = {
        name
        for group in one(everything, "ClusterQueue")["spec"]["resourceGroups"]
        for name in group["coveredResources"]
    }
    asked = {
        name
        for pod in pods(everything)
        if pod.role in ("ray", "run")
        for container in pod.containers
        for name in container["resources"]["requests"]
    }
    assert asked <= covered
    for group in one(everything, "ClusterQueue")["spec"]["resourceGroups"]:
        for flavor in group["flavors"]:
            # Kueue wants them in one order.
            assert [each["name"] for each in flavor["resources"]] == group["coveredResources"]
    flavors = {each["metadata"]["name"] for each in everything if each["kind"] == "ResourceFlavor"}
    named = {
        flavor["name"]
        for group in one(everything, "ClusterQueue")["spec"]["resourceGroups"]
        for flavor in group["flavors"]
    }
    assert named == flavors


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ray": {"wokers": []}}, "additional properties 'wokers' not allowed"),
        ({"image": {"tag": "latest"}}, "/image/tag"),
        ({"image": {"repository": ""}}, "/image/repository"),
        ({"ray": {"version": "2.60"}}, "/ray/version"),
        ({"network": {"private": [{"cidr": "10.0.0.0"}]}}, "/network/private/0"),
        ({"ray": {"workers": [{"name": "head", "min": 0, "max": 1, "resources": {}}]}}, "/ray/workers/0"),
        ({"kueue": {"enabled": "yes"}}, "/kueue/enabled"),
        ({"postgres": {"internal": False}}, "postgres.host must name a server"),
        (
            {"runs": [{**EVERYTHING["runs"][0], "workers": "tpu"}]},
            'train-manuals asks for workers "tpu", which ray.workers does not have',
        ),
    ],
)
def test_wrong_value_is_refused(values: Mapping[str, Any], said: str) -> None:
    with pytest.raises(helm_python.HelmError, match=said.replace("(", "\\(")):
        render(values)


def test_example_of_secrets_has_every_key_that_is_asked_for(everything: list[Manifest]) -> None:
    example = {
        each["metadata"]["name"]: set(each["stringData"])
        for each in yaml.safe_load_all((CHART / "secrets.example.yaml").read_text())
    }
    asked: dict[str, set[str]] = {}
    for pod in pods(everything):
        for container in pod.containers:
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference:
                    asked.setdefault(reference["name"], set()).add(reference["key"])
    assert asked == example


def test_example_is_no_part_of_the_chart() -> None:
    """Or it would be installed."""
    with helm_python.Chart.load(CHART) as chart:
        assert "secrets.example.yaml" not in [file["name"] for file in chart.files]
