"""The compose file, as Compose itself reads it without an engine, and as a linter of its security does."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.deployments import offers
from tests.deploy.rendering import CHART, DEPLOY

_FOLDER = DEPLOY / "compose"
_SECRETS = (
    "POSTGRES_PASSWORD",
    "PREFECT_PASSWORD",
    "RAY_AUTH_TOKEN",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "GRAFANA_PASSWORD",
)
_CLEAN = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _compose(
    file: Path, *arguments: str, secrets: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    told = {name: f"secret-of-{name}" for name in _SECRETS} if secrets is None else secrets
    return subprocess.run(
        [_program("docker-compose"), "--file", str(file), "--profile", "monitoring", *arguments],
        env={**_CLEAN, **told},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    ran = _compose(_FOLDER / "compose.yaml", "config", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    loaded: dict[str, Any] = json.loads(ran.stdout)
    return loaded


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder of the compose file with what stands beside it, to be broken."""
    for name in ("compose", "monitoring"):
        shutil.copytree(DEPLOY / name, tmp_path / "deploy" / name, ignore=shutil.ignore_patterns(".env*"))
    return tmp_path / "deploy" / "compose"


def test_compose_takes_it_with_gpus_too() -> None:
    ran = _compose(
        _FOLDER / "compose.yaml", "--file", str(_FOLDER / "gpu.yaml"), "config", "--format", "json"
    )
    assert ran.returncode == 0, ran.stderr
    ray = json.loads(ran.stdout)["services"]["ray"]
    assert ray["image"].endswith("-cuda")
    assert ray["build"]["args"] == {"DEVICE": "cuda"}
    assert ray["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def _edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    file = folder / "compose.yaml"
    loaded = yaml.safe_load(file.read_text())
    change(loaded)
    file.write_text(yaml.safe_dump(loaded))
    return file


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["services"]["ray"].update(comand=["ray"]),
        lambda it: it["services"]["ray"].update(ports="8265"),
        lambda it: it["services"]["ray"]["depends_on"].update(store={"condition": "service_healthy"}),
        lambda it: it["services"]["ray"]["depends_on"].update(s3={"condition": "service_well"}),
        lambda it: it["services"]["serve"].update(networks=["middle"]),
        lambda it: it["services"]["s3"]["volumes"].append("nowhere:/more"),
        lambda it: it["services"]["s3"].update(shm_size="much"),
        lambda it: it.update(service={}),
    ],
)
def test_compose_refuses_what_is_wrong(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    assert _compose(_edit(copy, lambda _: None), "config", "--quiet").returncode == 0
    assert _compose(_edit(copy, change), "config", "--quiet").returncode != 0


@pytest.mark.parametrize("missing", _SECRETS)
def test_nothing_starts_without_its_secret(copy: Path, missing: str) -> None:
    secrets = {name: "known" for name in _SECRETS if name != missing}
    ran = _compose(copy / "compose.yaml", "config", "--quiet", secrets=secrets)
    assert ran.returncode != 0
    assert f"{missing}" in ran.stderr
    assert "run deploy/compose/make-env first" in ran.stderr


def _findings(file: Path) -> list[tuple[str, str]]:
    ran = subprocess.run(
        [_program("compose-lint"), "check", "--format", "json", "--no-env", str(file)],
        env=_CLEAN,
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = json.loads(ran.stdout)
    found = loaded["findings"] if isinstance(loaded, dict) else loaded
    return sorted({(each["rule_id"], each["service"]) for each in found})


def test_linter_finds_no_more_than_is_meant() -> None:
    """CL-0019: tags name versions, no digests. CL-0007: Compose writes a secret into Prometheus's."""
    found = [each for each in _findings(_FOLDER / "compose.yaml") if each[0] != "CL-0019"]
    assert found == [("CL-0007", "prometheus")]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda it: it["services"]["ray"].update(privileged=True), "CL-0002"),
        (lambda it: it["services"]["ray"].update(ports=["8265:8265"]), "CL-0005"),
        (lambda it: it["services"]["ray"].update(network_mode="host"), "CL-0008"),
        (lambda it: it["services"]["s3"].pop("security_opt"), "CL-0003"),
        (lambda it: it["services"]["s3"].pop("cap_drop"), "CL-0006"),
        (
            lambda it: it["services"]["s3"]["volumes"].append("/var/run/docker.sock:/var/run/docker.sock"),
            "CL-0001",
        ),
    ],
)
def test_linter_finds_what_is_wrong(copy: Path, change: Callable[[dict[str, Any]], None], rule: str) -> None:
    assert rule not in {each for each, _ in _findings(_edit(copy, lambda _: None))}
    assert rule in {each for each, _ in _findings(_edit(copy, change))}


def test_pages_are_published_on_the_loopback_address_alone(project: dict[str, Any]) -> None:
    published = {
        name: [(port["host_ip"], port["target"]) for port in service.get("ports", [])]
        for name, service in project["services"].items()
    }
    assert {host for ports in published.values() for host, _ in ports} == {"127.0.0.1"}
    assert {name for name, ports in published.items() if ports} == {"prefect", "ray", "prometheus", "grafana"}
    # What only others of these ask is on a network without a way out.
    assert project["networks"]["inner"]["internal"] is True
    for name in ("postgres", "s3", "metrics"):
        assert set(project["services"][name]["networks"]) == {"inner"}


def test_every_service_is_bounded_watched_and_pinned(project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits.keys() >= {"cpus", "memory", "pids"}, name
        image = service["image"]
        assert ":" in image.rpartition("/")[2], name
        assert not image.endswith(":latest"), name
        # Ours have the image's own, which asks HEALTH_URL.
        own = image.startswith("looseleaf:")
        assert "healthcheck" in service or (own and "HEALTH_URL" in service["environment"]), name
        assert service["cap_drop"] == ["ALL"], name


def test_ray_answers_only_who_has_the_token(project: dict[str, Any]) -> None:
    services = project["services"]
    with_token = {
        name for name, each in services.items() if each.get("environment", {}).get("RAY_AUTH_TOKEN")
    }
    assert with_token == {"ray", "serve"}
    for name in with_token:
        assert services[name]["environment"]["RAY_AUTH_MODE"] == "token"
        assert services[name]["environment"]["RAY_AUTH_TOKEN"] == "secret-of-RAY_AUTH_TOKEN"


def test_addresses_lead_to_ports_that_are_listened_on(project: dict[str, Any]) -> None:
    services = project["services"]
    ray = " ".join(services["ray"]["command"])
    serve = services["serve"]["environment"]
    assert serve["RAY_ADDRESS"] == "http://ray:8265"
    assert "--dashboard-port=8265" in ray
    assert serve["PREFECT_API_URL"] == "http://prefect:4200/api"
    assert services["prefect"]["command"][-1] == "4200"
    assert serve["AWS_ENDPOINT_URL"] == "http://s3:8333"
    assert "-s3.port=8333" in services["s3"]["command"]
    scraped = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {each["job_name"]: each for each in scraped}
    assert targets["looseleaf"]["static_configs"][0]["targets"] == [
        f"metrics:{services['metrics']['command'][-1]}"
    ]
    assert targets["prefect"]["static_configs"][0]["targets"] == ["prefect:4200"]
    (of_ray,) = targets["ray"]["dns_sd_configs"]
    assert f"--metrics-export-port={of_ray['port']}" in ray
    assert of_ray["names"] == ["ray"]


def test_ready_means_that_a_deployment_that_exists_is_served(project: dict[str, Any]) -> None:
    url = project["services"]["serve"]["environment"]["HEALTH_URL"]
    named = {offer.full_name for offer in offers()}
    assert url.removeprefix("http://prefect:4200/api/deployments/name/") in named


def test_images_are_those_of_the_chart(project: dict[str, Any]) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    services = project["services"]
    assert services["postgres"]["image"] == values["postgres"]["image"]
    assert services["serve"]["image"] == f"{values['image']['repository']}:{values['image']['tag']}"


def test_mounted_files_are_there(project: dict[str, Any]) -> None:
    mounted = [
        Path(volume["source"])
        for service in project["services"].values()
        for volume in service.get("volumes", [])
        if volume["type"] == "bind" and volume["target"] != "/sources"
    ]
    assert len(mounted) == 5
    for path in mounted:
        assert path.is_file(), path


def test_secrets_are_made_once_and_for_the_owner_alone(copy: Path) -> None:
    first = subprocess.run([str(copy / "make-env")], capture_output=True, text=True, check=True)
    file = copy / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = dict(line.split("=") for line in file.read_text().splitlines())
    assert told.keys() == set(_SECRETS)
    assert all(len(value) >= 20 for value in told.values())
    assert len(set(told.values())) == len(told)
    assert not any(value in first.stdout for value in told.values())
    # Compose finds them by itself, and they are never overwritten.
    ran = _compose(copy / "compose.yaml", "config", "--quiet", secrets={})
    assert ran.returncode == 0, ran.stderr
    again = subprocess.run([str(copy / "make-env")], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert dict(line.split("=") for line in file.read_text().splitlines()) == told


def test_secrets_are_never_committed() -> None:
    ran = subprocess.run(
        ["git", "check-ignore", "deploy/compose/.env", "deploy/compose/.env.part"],
        cwd=DEPLOY.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(ran.stdout.splitlines()) == 2
