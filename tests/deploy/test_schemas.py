"""Every manifest is what Kubernetes, KubeRay and Kueue take; each of their schemas refuses what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.deploy.rendering import Manifest, flow_jobs, one
from tests.deploy.schemas import VERSIONS, problems


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_taken(everything: list[Manifest], defaults: list[Manifest], version: str) -> None:
    """Of the chart as it is, and with everything switched on."""
    found = [problem for manifest in (*defaults, *everything) for problem in problems(manifest, version)]
    assert found == []


def test_all_kinds_are_there(everything: list[Manifest]) -> None:
    """A kind that is not rendered would not be validated."""
    assert {manifest["kind"] for manifest in everything} == {
        *("ClusterQueue", "ConfigMap", "Deployment", "Job", "LocalQueue", "NetworkPolicy"),
        *("PodDisruptionBudget", "RayCluster", "RayJob", "ResourceFlavor", "Role", "RoleBinding"),
        *("Service", "ServiceAccount", "StatefulSet"),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_job_of_a_flow_run_is_taken(everything: list[Manifest], version: str) -> None:
    """But for two fields in a place where Kubernetes has none: Prefect's worker insists on them there."""
    (job,) = flow_jobs(everything)
    said = problems(job, version)
    assert len(said) == 1
    assert "'completions', 'parallelism' were unexpected" in said[0]
    for field in ("completions", "parallelism"):
        del job["spec"]["template"]["spec"][field]
    assert problems(job, version) == []


def _head(manifest: Manifest) -> dict[str, Any]:
    return manifest["spec"]["headGroupSpec"]["template"]["spec"]["containers"][0]


def _unknown_of_kuberay(manifest: Manifest) -> None:
    manifest["spec"]["autoscalerOptions"]["idleTimeout"] = 60


def _unknown_of_a_pod_in_kuberay(manifest: Manifest) -> None:
    _head(manifest)["resource"] = {}


def _wrong_type_in_kuberay(manifest: Manifest) -> None:
    manifest["spec"]["workerGroupSpecs"][0]["minReplicas"] = "1"


def _wrong_choice_in_kuberay(manifest: Manifest) -> None:
    manifest["spec"]["authOptions"]["mode"] = "secret"


def _missing_in_kuberay(manifest: Manifest) -> None:
    del manifest["spec"]["workerGroupSpecs"][1]["groupName"]


def _token_without_version(manifest: Manifest) -> None:
    del manifest["spec"]["rayVersion"]


def _kept_but_not_taken_away(manifest: Manifest) -> None:
    manifest["spec"]["shutdownAfterJobFinishes"] = False


def _number_for_words(manifest: Manifest) -> None:
    manifest["spec"]["rayClusterSpec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] = 0


def _quota_missing(manifest: Manifest) -> None:
    del manifest["spec"]["resourceGroups"][0]["flavors"][0]["resources"][0]["nominalQuota"]


def _old_name_of_cohort(manifest: Manifest) -> None:
    manifest["spec"]["cohort"] = "all"


def _strategy_unknown(manifest: Manifest) -> None:
    manifest["spec"]["queueingStrategy"] = "Fifo"


def _flavor_label_of_wrong_type(manifest: Manifest) -> None:
    manifest["spec"]["nodeLabels"]["gpus"] = 1


def _queue_misspelt(manifest: Manifest) -> None:
    manifest["spec"]["clusterqueue"] = manifest["spec"].pop("clusterQueue")


def _port_of_wrong_type(manifest: Manifest) -> None:
    manifest["spec"]["ports"][0]["port"] = "4200"


def _selector_missing(manifest: Manifest) -> None:
    del manifest["spec"]["selector"]


def _probe_misspelt(manifest: Manifest) -> None:
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container["readyProbe"] = container.pop("readinessProbe")


def _role_verb_alone(manifest: Manifest) -> None:
    manifest["rules"][0]["verbs"] = "get"


def _peer_misspelt(manifest: Manifest) -> None:
    manifest["spec"]["ingress"][0]["from"][0]["podselector"] = {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("kind", "name", "breaks"),
    [
        ("RayCluster", None, _unknown_of_kuberay),
        ("RayCluster", None, _unknown_of_a_pod_in_kuberay),
        ("RayCluster", None, _wrong_type_in_kuberay),
        ("RayCluster", None, _wrong_choice_in_kuberay),
        ("RayCluster", None, _missing_in_kuberay),
        ("RayCluster", None, _token_without_version),
        ("RayJob", None, _kept_but_not_taken_away),
        ("RayJob", None, _number_for_words),
        ("ClusterQueue", None, _quota_missing),
        ("ClusterQueue", None, _old_name_of_cohort),
        ("ClusterQueue", None, _strategy_unknown),
        ("ResourceFlavor", "looseleaf-gpu", _flavor_label_of_wrong_type),
        ("LocalQueue", None, _queue_misspelt),
        ("Service", "looseleaf-prefect", _port_of_wrong_type),
        ("Deployment", "looseleaf-prefect", _selector_missing),
        ("Deployment", "looseleaf-prefect", _probe_misspelt),
        ("Role", None, _role_verb_alone),
        ("NetworkPolicy", "looseleaf-ray", _peer_misspelt),
    ],
)
def test_broken_manifest_is_refused(
    everything: list[Manifest], kind: str, name: str | None, breaks: Callable[[Manifest], None], version: str
) -> None:
    """A field that is unknown, of the wrong type or missing, in each of the three schemas."""
    manifest = copy.deepcopy(one(everything, kind, name))
    assert problems(manifest, version) == []
    breaks(manifest)
    assert problems(manifest, version) != []


def test_manifest_of_an_unknown_kind_is_refused(everything: list[Manifest]) -> None:
    """Not passed over: a misspelt kind would otherwise be valid."""
    manifest = {**one(everything, "Role"), "kind": "Rule"}
    with pytest.raises(FileNotFoundError):
        problems(manifest, VERSIONS[-1])
