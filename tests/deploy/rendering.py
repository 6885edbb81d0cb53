"""Renders the chart and finds things in its manifests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import helm_python
import yaml

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
CHART = DEPLOY / "chart"

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod that a manifest asks for: where it is from, its labels and its spec."""

    owner: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def role(self) -> str:
        """What policies know it by."""
        return self.labels["looseleaf/role"]

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        """All of its containers."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def render(values: Mapping[str, Any] | None = None) -> list[Manifest]:
    """Return the manifests of release and namespace `looseleaf`, with `values` in place of the chart's."""
    with helm_python.Chart.load(CHART) as chart:
        texts = chart.render(dict(values or {}), name="looseleaf", namespace="looseleaf")
    return [
        manifest
        for name, text in sorted(texts.items())
        if name.endswith(".yaml")
        for manifest in yaml.safe_load_all(text)
        if manifest
    ]


def one(manifests: Sequence[Manifest], kind: str, name: str | None = None) -> Manifest:
    """Return the only manifest of that kind, and of that name if one is given."""
    (found,) = [
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and name in (None, manifest["metadata"]["name"])
    ]
    return found


def pods(manifests: Sequence[Manifest]) -> list[Pod]:
    """Return every pod of the manifests: of workloads, of Ray's groups, of submitters and of flow runs."""
    found = []
    for manifest in [*manifests, *flow_jobs(manifests)]:
        owner = f"{manifest['kind']}/{manifest['metadata'].get('name', 'flow')}"
        found += [
            Pod(owner, template["metadata"]["labels"], template["spec"])
            for template in _templates(manifest.get("spec", {}))
        ]
    return found


def base_job_template(manifests: Sequence[Manifest]) -> dict[str, Any]:
    """Return what the chart tells Prefect's work pool."""
    text = one(manifests, "ConfigMap", "looseleaf-work-pool")["data"]["base-job-template.json"]
    return json.loads(text)


def flow_jobs(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Return the job of a flow run, with the pool's own values where Prefect fills words in."""
    template = base_job_template(manifests)
    defaults = {
        name: told["default"]
        for name, told in template["variables"]["properties"].items()
        if "default" in told
    }
    defaults |= {"command": ["prefect", "flow-run", "execute"], "name": "flow"}
    job = _filled(template["job_configuration"]["job_manifest"], defaults)
    job["metadata"]["name"] = "flow"
    return [job]


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, words) for each in value]
    if isinstance(value, str) and value.startswith("{{ ") and value.endswith(" }}"):
        return words[value[3:-3]]
    if isinstance(value, str) and "{{ name }}" in value:
        return value.replace("{{ name }}", words["name"])
    return value


def _templates(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the pod templates of a workload's spec, however deep: of Ray's kinds there are several."""
    for key, value in spec.items():
        if key in ("template", "submitterPodTemplate"):
            yield value
        elif isinstance(value, dict):
            yield from _templates(value)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, dict):
                    yield from _templates(each)
