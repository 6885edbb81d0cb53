"""What every pod keeps to: bounds, no root, pinned images, secrets by reference, and Ray's token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from tests.deploy.rendering import CHART, Manifest, Pod, one, pods

#: Words in names of variables that hold what nobody else may know.
_SECRET = re.compile(r"PASSWORD|SECRET_ACCESS_KEY|ACCESS_KEY_ID|TOKEN$|AUTH_STRING$")


@pytest.fixture(scope="module")
def all_pods(everything: list[Manifest]) -> list[Pod]:
    return pods(everything)


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    return loaded


def test_every_kind_of_pod_is_looked_at(all_pods: list[Pod]) -> None:
    """The others of this page say nothing of a pod that is not found."""
    assert sorted(pod.role for pod in all_pods) == sorted(
        ["deploy-flows", "flow", "metrics", "postgres", "prefect-server", "prefect-worker", "submitter"]
        + ["ray"] * 3  # head, cpu, gpu
        + ["run"] * 2  # head and workers of the run
    )


def _bounded(pod: Pod) -> list[str]:
    """Requests of CPU and memory, and a bound to memory."""
    return [
        container["name"]
        for container in pod.containers
        if not {"cpu", "memory"} <= container.get("resources", {}).get("requests", {}).keys()
        or "memory" not in container["resources"].get("limits", {})
    ]


def _not_root(pod: Pod) -> list[str]:
    security = pod.spec.get("securityContext", {})
    fine = security.get("runAsNonRoot") is True and security.get("runAsUser", 0) > 0
    fine = fine and security.get("seccompProfile") == {"type": "RuntimeDefault"}
    return [] if fine else ["securityContext"]


def _confined(pod: Pod) -> list[str]:
    wanted = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return [each["name"] for each in pod.containers if each.get("securityContext") != wanted]


def _pinned(pod: Pod) -> list[str]:
    images = [container["image"] for container in pod.containers]
    return [image for image in images if ":" not in image.rpartition("/")[2] or image.endswith(":latest")]


def _referred(pod: Pod) -> list[str]:
    """No secret stands in a manifest."""
    return [
        variable["name"]
        for container in pod.containers
        for variable in container.get("env", [])
        if _SECRET.search(variable["name"])
        and not variable["name"].endswith("_SECRET_KEY")
        and "secretKeyRef" not in variable.get("valueFrom", {})
    ]


def _account(pod: Pod) -> list[str]:
    """None is the namespace's default, and only those that ask Kubernetes carry its token."""
    name = pod.spec.get("serviceAccountName", "default")
    asks = name in ("looseleaf-worker", "looseleaf-ray-head")
    fine = name.startswith("looseleaf-") and pod.spec.get("automountServiceAccountToken") is asks
    return [] if fine else [name]


_RULES: Mapping[str, Callable[[Pod], list[str]]] = {
    "bounded": _bounded,
    "not root": _not_root,
    "confined": _confined,
    "pinned": _pinned,
    "referred": _referred,
    "account": _account,
}


@pytest.mark.parametrize("rule", _RULES)
def test_every_pod_keeps_to(all_pods: list[Pod], rule: str) -> None:
    found = {pod.owner: broken for pod in all_pods if (broken := _RULES[rule](pod))}
    assert found == {}


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda spec: spec["containers"][0].pop(key)


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [
        ("bounded", _without("resources")),
        ("not root", lambda spec: spec["securityContext"].update(runAsNonRoot=False)),
        ("not root", lambda spec: spec.pop("securityContext")),
        ("confined", _without("securityContext")),
        ("confined", lambda spec: spec["containers"][0]["securityContext"].update(privileged=True)),
        ("pinned", lambda spec: spec["containers"][0].update(image="looseleaf:latest")),
        ("pinned", lambda spec: spec["containers"][0].update(image="host:5000/looseleaf")),
        (
            "referred",
            lambda spec: spec["containers"][0]["env"].append({"name": "RAY_AUTH_TOKEN", "value": "open"}),
        ),
        ("account", lambda spec: spec.update(serviceAccountName="default")),
        ("account", lambda spec: spec.update(automountServiceAccountToken=True)),
    ],
)
def test_broken_pod_is_found(
    all_pods: list[Pod], rule: str, breaks: Callable[[dict[str, Any]], None]
) -> None:
    """Each rule can fail."""
    pod = next(pod for pod in all_pods if pod.role == "flow")
    spec = json.loads(json.dumps(pod.spec))
    assert _RULES[rule](Pod(pod.owner, pod.labels, spec)) == []
    breaks(spec)
    assert _RULES[rule](Pod(pod.owner, pod.labels, spec)) != []


def test_all_that_is_ray_has_the_token(everything: list[Manifest], all_pods: list[Pod]) -> None:
    """Ray's nodes, who submits to them, and both of Ray's kinds."""
    with_token = {
        pod.role
        for pod in all_pods
        for container in pod.containers
        for variable in container.get("env", [])
        if variable["name"] == "RAY_AUTH_TOKEN"
        and variable["valueFrom"]["secretKeyRef"] == {"name": "looseleaf-ray", "key": "auth_token"}
    }
    assert with_token == {"ray", "run", "flow", "submitter"}
    clusters = [one(everything, "RayCluster")["spec"], one(everything, "RayJob")["spec"]["rayClusterSpec"]]
    for cluster in clusters:
        assert cluster["authOptions"] == {"mode": "token", "secretName": "looseleaf-ray"}


def test_images_are_those_of_the_values(all_pods: list[Pod], values: dict[str, Any]) -> None:
    """One image for all, but CUDA's where a pod asks for GPUs, and PostgreSQL's own."""
    image = values["image"]
    for pod in all_pods:
        wants_gpu = any("nvidia.com/gpu" in each["resources"]["limits"] for each in pod.containers)
        tag = image["cudaTag"] if wants_gpu else image["tag"]
        own = values["postgres"]["image"] if pod.role == "postgres" else f"{image['repository']}:{tag}"
        assert {container["image"] for container in pod.containers} == {own}, pod.owner
        assert pod.spec["imagePullSecrets"] == [{"name": "registry"}]


def test_pods_with_gpus_go_to_nodes_with_gpus_alone(all_pods: list[Pod], values: dict[str, Any]) -> None:
    group = values["ray"]["workers"][1]
    with_gpus = [
        pod
        for pod in all_pods
        if any("nvidia.com/gpu" in each["resources"]["limits"] for each in pod.containers)
    ]
    assert len(with_gpus) == 2
    for pod in with_gpus:
        assert pod.spec["nodeSelector"] == group["nodeSelector"]
        assert pod.spec["tolerations"] == group["tolerations"]


def test_services_lead_to_ports_that_pods_have(everything: list[Manifest], all_pods: list[Pod]) -> None:
    """By name, and with the number that addresses in the environment have."""
    services = [manifest for manifest in everything if manifest["kind"] == "Service"]
    assert len(services) == 2
    numbers = {}
    for service in services:
        selected = [pod for pod in all_pods if service["spec"]["selector"].items() <= pod.labels.items()]
        assert len(selected) == 1
        named = {
            port["name"]: port["containerPort"] for each in selected[0].containers for port in each["ports"]
        }
        for port in service["spec"]["ports"]:
            assert named[port["targetPort"]] == port["port"]
            numbers[service["metadata"]["name"]] = port["port"]
    environment = _environment(all_pods)
    assert environment["PREFECT_API_URL"] == {f"http://looseleaf-prefect:{numbers['looseleaf-prefect']}/api"}
    assert environment["PREFECT_SERVER_API_PORT"] == {str(numbers["looseleaf-prefect"])}
    assert environment["PREFECT_SERVER_DATABASE_HOST"] == {"looseleaf-postgres"}
    assert environment["PREFECT_SERVER_DATABASE_PORT"] == {str(numbers["looseleaf-postgres"])}
    head = one(everything, "RayCluster")["spec"]["headGroupSpec"]["template"]["spec"]["containers"][0]
    dashboard = {port["name"]: port["containerPort"] for port in head["ports"]}["dashboard"]
    assert environment["RAY_ADDRESS"] == {f"http://looseleaf-ray-head-svc:{dashboard}"}


def test_probes_ask_ports_that_the_container_has(all_pods: list[Pod]) -> None:
    probed = 0
    for pod in all_pods:
        for container in pod.containers:
            named = {port["name"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = container.get(probe, {}).get("httpGet")
                if asked:
                    assert asked["port"] in named, pod.owner
                    probed += 1
    assert probed == 7


def test_metrics_are_where_the_annotations_say(all_pods: list[Pod], everything: list[Manifest]) -> None:
    templates = [one(everything, "RayCluster")["spec"]["headGroupSpec"]["template"]]
    templates += [group["template"] for group in one(everything, "RayCluster")["spec"]["workerGroupSpecs"]]
    templates += [one(everything, "Deployment", "looseleaf-metrics")["spec"]["template"]]
    for template in templates:
        port = int(template["metadata"]["annotations"]["prometheus.io/port"])
        ports = [each["containerPort"] for each in template["spec"]["containers"][0]["ports"]]
        assert port in ports


def test_every_long_lived_pod_has_a_budget_or_may_go(everything: list[Manifest], all_pods: list[Pod]) -> None:
    """Ray's nodes, the metrics and what ends by itself may be evicted."""
    budgets = [
        manifest["spec"]["selector"]["matchLabels"]
        for manifest in everything
        if manifest["kind"] == "PodDisruptionBudget"
    ]
    held = {
        pod.role
        for pod in all_pods
        for budget in budgets
        # KubeRay writes the type of a node on its pods.
        if {key: value for key, value in budget.items() if key != "ray.io/node-type"}.items()
        <= pod.labels.items()
    }
    assert held == {"ray", "postgres", "prefect-server", "prefect-worker"}
    (of_ray,) = [budget for budget in budgets if budget["looseleaf/role"] == "ray"]
    assert of_ray["ray.io/node-type"] == "head"


def _environment(all_pods: list[Pod]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pod in all_pods:
        for container in pod.containers:
            for variable in container.get("env", []):
                if "value" in variable:
                    found.setdefault(variable["name"], set()).add(variable["value"])
    return found
