"""deploy/prefect.yaml says what flows/deployments.py says, and the pool's template makes a good job of it."""

from __future__ import annotations

import asyncio
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.cli.deploy._config import _load_deploy_configs_and_actions
from prefect.cli.deploy._schedules import _construct_schedules
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import Flow, FlowRun
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration
from rich.console import Console

from flows.deployments import offers
from flows.offering import offered
from tests.deploy.rendering import CHART, DEPLOY, Manifest, base_job_template
from tests.deploy.schemas import VERSIONS, problems

_FILE = DEPLOY / "prefect.yaml"
_POOLS = {"process": "looseleaf-process", "kubernetes": "looseleaf-kubernetes"}


def _load(file: Path) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """Read a file as `prefect deploy` does; also return what it complains of."""
    said = io.StringIO()
    configs, actions = _load_deploy_configs_and_actions(file, console=Console(file=said))
    return configs, actions, said.getvalue()


@pytest.fixture(scope="module")
def configs() -> list[dict[str, Any]]:
    loaded, _, said = _load(_FILE)
    assert said == ""
    return loaded


def test_each_offer_is_deployed_to_each_pool_once(configs: list[dict[str, Any]]) -> None:
    """By the module of the distribution: a file would be looked for where the worker happens to be."""
    found = [(config["entrypoint"], config["name"], config["work_pool"]["name"]) for config in configs]
    assert sorted(found) == sorted((offer.entrypoint, *pool) for offer in offers() for pool in _POOLS.items())
    for offer in offers():
        assert load_flow_from_entrypoint(offer.entrypoint).name == offer.flow


def test_nothing_is_fetched(configs: list[dict[str, Any]]) -> None:
    """An empty list: without it Prefect would write the folder of whoever deploys into the deployment."""
    _, actions, _ = _load(_FILE)
    assert actions == {"build": [], "push": [], "pull": []}
    assert not any(action in config for config in configs for action in ("build", "push", "pull"))


def test_all_that_is_offered_is_said(configs: list[dict[str, Any]]) -> None:
    """Tags, description, parameters, schedule and limit, as `looseleaf serve` makes them of the same list."""
    offered_here = {
        offer.entrypoint: deployment for offer, deployment in zip(offers(), offered(offers()), strict=True)
    }
    for config in configs:
        deployment = offered_here[config["entrypoint"]]
        assert config["tags"] == deployment.tags, config
        assert config["description"] == deployment.description, config
        assert config.get("parameters", {}) == deployment.parameters, config
        assert config.get("concurrency_limit") == deployment.concurrency_limit, config
        made = _construct_schedules(
            config, {}, console=Console(file=io.StringIO()), is_interactive=lambda: False
        )
        assert [_timing(each) for each in made] == [_timing(each) for each in deployment.schedules or []], (
            config
        )


def _timing(schedule: Any) -> tuple[Any, ...]:
    """Return what a schedule says, without the moment from which its intervals are counted: that is now."""
    told = DeploymentScheduleCreate.model_validate(schedule)
    return told.schedule.model_dump(exclude={"anchor_date"}), told.slug, told.active


def test_pool_is_the_one_that_the_chart_makes() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["prefect"]["worker"]["pool"] == _POOLS["kubernetes"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("deployments:", "deployments: 7\nothers:"),
        ("tags: [looseleaf]", "tags: {of: it}"),
        ("work_pool: *process\n", "work_pool: process\n"),
    ],
)
def test_prefect_refuses_what_is_wrong(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "prefect.yaml"
    file.write_text(_FILE.read_text().replace(before, after, 1))
    configs, _, said = _load(file)
    assert configs == []
    assert "Skipping deployment configuration due to validation errors" in said


def _prepared(manifests: list[Manifest], variables: dict[str, Any]) -> KubernetesWorkerJobConfiguration:
    """Return the job that Prefect's own worker would start of the pool's template."""
    # It has a server to look for blocks and variables that the template might name; this one names none.
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        made = asyncio.run(
            KubernetesWorkerJobConfiguration.from_template_and_values(base_job_template(manifests), variables)
        )
    flow = Flow(id=uuid.uuid4(), name="build")
    made.prepare_for_flow_run(FlowRun(id=uuid.uuid4(), name="quick-fox", flow_id=flow.id), flow=flow)
    return made


@pytest.mark.parametrize("version", VERSIONS)
def test_worker_makes_a_job_that_kubernetes_takes(everything: list[Manifest], version: str) -> None:
    job = _prepared(everything, {"memory_limit": "7Gi"}).job_manifest
    pod = job["spec"]["template"]
    assert pod["spec"]["containers"][0]["resources"]["limits"] == {"memory": "7Gi"}
    assert pod["spec"]["containers"][0]["args"] == ["prefect", "flow-run", "execute"]
    # The labels that policies go by outlive those that Prefect adds.
    assert pod["metadata"]["labels"]["looseleaf/role"] == "flow"
    assert "prefect.io/flow-run-id" in pod["metadata"]["labels"]
    for field in ("completions", "parallelism"):
        del pod["spec"][field]
    assert problems({**job, "metadata": {**job["metadata"], "name": "it"}}, version) == []


def test_worker_keeps_references_to_secrets(everything: list[Manifest]) -> None:
    """The pool's variables come through beside Prefect's own, and no secret as a value."""
    (container,) = _prepared(everything, {}).job_manifest["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each for each in container["env"]}
    assert told["RAY_ADDRESS"]["value"] == "http://looseleaf-ray-head-svc:8265"
    assert told["RAY_AUTH_TOKEN"]["valueFrom"] == {
        "secretKeyRef": {"name": "looseleaf-ray", "key": "auth_token"}
    }
    assert "secretKeyRef" in told["AWS_SECRET_ACCESS_KEY"]["valueFrom"]
    assert "PREFECT__FLOW_RUN_ID" in told


def test_variables_of_the_pool_are_checked(everything: list[Manifest]) -> None:
    """The schema that a pool shows in its page names each word that the job has to fill."""
    template = base_job_template(everything)
    text = yaml.safe_dump(template["job_configuration"])
    words = {part.split(" }}")[0] for part in text.split("{{ ")[1:]}
    assert words == template["variables"]["properties"].keys()
