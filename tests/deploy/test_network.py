"""Who may talk to whom, worked out from the policies as a network plugin does."""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.deploy.rendering import Manifest, Pod, pods, render

_NAMESPACE = "looseleaf"


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod with labels in a namespace, or an address outside of the cluster."""

    namespace: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    address: str | None = None


def _role(name: str) -> End:
    return End(_NAMESPACE, (("looseleaf/release", "looseleaf"), ("looseleaf/role", name)))


_STRANGER = End(_NAMESPACE, (("app", "stranger"),))
_FAR = End("other", (("looseleaf/release", "looseleaf"), ("looseleaf/role", "flow")))


def may(manifests: Sequence[Manifest], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Say whether the policies let `source` open a connection to `port` of `target`: both ends must agree."""
    policies = [manifest["spec"] for manifest in manifests if manifest["kind"] == "NetworkPolicy"]
    return _allowed(policies, (source, target), "Egress", port, protocol) and _allowed(
        policies, (target, source), "Ingress", port, protocol
    )


def _allowed(
    policies: Sequence[Mapping[str, Any]], ends: tuple[End, End], way: str, port: int, protocol: str
) -> bool:
    own, peer = ends
    if own.namespace != _NAMESPACE:
        return True  # nothing here closes others
    selecting = [
        policy
        for policy in policies
        if way in policy["policyTypes"] and _selects(policy["podSelector"], dict(own.labels))
    ]
    rules = [rule for policy in selecting for rule in policy.get(way.lower(), [])]
    key = "from" if way == "Ingress" else "to"
    return not selecting or any(
        (key not in rule or any(_is(each, peer) for each in rule[key]))
        and ("ports" not in rule or {"protocol": protocol, "port": port} in rule["ports"])
        for rule in rules
    )


def _is(peer: Mapping[str, Any], end: End) -> bool:
    if "ipBlock" in peer:
        if end.address is None:
            return False
        address = ipaddress.ip_address(end.address)
        block = peer["ipBlock"]
        return address in ipaddress.ip_network(block["cidr"]) and not any(
            address in ipaddress.ip_network(each) for each in block.get("except", [])
        )
    if end.namespace is None:
        return False
    if "namespaceSelector" in peer:
        fits = _selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": end.namespace})
    else:
        fits = end.namespace == _NAMESPACE
    return fits and _selects(peer.get("podSelector", {}), dict(end.labels))


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


_PORTS = (4200, 5432, 6379, 8080, 8265, 9310, 10001, 23456)

#: All that is needed within the namespace, and nothing else.
_TALK = {
    ("prefect-server", "postgres", 5432),
    ("prefect-worker", "prefect-server", 4200),
    ("flow", "prefect-server", 4200),
    ("deploy-flows", "prefect-server", 4200),
    ("metrics", "prefect-server", 4200),
    ("run", "prefect-server", 4200),
    ("flow", "ray", 8265),
    ("submitter", "run", 8265),
    # A cluster's nodes take ports as they come.
    *((one, one, port) for one in ("ray", "run") for port in _PORTS),
}


def _roles(manifests: list[Manifest]) -> list[str]:
    return sorted({pod.role for pod in pods(manifests)})


def test_roles_talk_as_they_must_and_not_otherwise(everything: list[Manifest]) -> None:
    roles = _roles(everything)
    found = {
        (source, target, port)
        for source in roles
        for target in roles
        for port in _PORTS
        if may(everything, _role(source), _role(target), port)
    }
    assert found == _TALK


def test_strangers_reach_nothing(everything: list[Manifest]) -> None:
    """Neither a pod of this namespace that is not the chart's, nor one elsewhere that looks like it."""
    for role in _roles(everything):
        for port in _PORTS:
            assert not may(everything, _STRANGER, _role(role), port)
            assert not may(everything, _FAR, _role(role), port)


def test_stranger_in_the_namespace_is_closed_too(everything: list[Manifest]) -> None:
    """A pod with none of the labels gets names, and nothing else."""
    assert may(everything, _STRANGER, End("kube-system"), 53, "UDP")
    assert not may(everything, _STRANGER, End(address="93.184.216.34"), 443)
    assert not may(everything, _role("flow"), _STRANGER, 8080)


def test_every_pod_is_covered_both_ways(everything: list[Manifest], defaults: list[Manifest]) -> None:
    for manifests in (everything, defaults):
        policies = [each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"]
        for pod in pods(manifests):
            for way in ("Ingress", "Egress"):
                assert any(
                    way in policy["policyTypes"] and _selects(policy["podSelector"], pod.labels)
                    for policy in policies
                ), f"{pod.owner} is open ({way})"


def test_operators_and_prometheus_come_in_where_they_must(everything: list[Manifest]) -> None:
    assert may(everything, End("kuberay-operator"), _role("ray"), 8265)
    assert may(everything, End("kuberay-operator"), _role("run"), 8265)
    assert not may(everything, End("kuberay-operator"), _role("ray"), 6379)
    for role, port in (("ray", 8080), ("run", 8080), ("metrics", 9310)):
        assert may(everything, End("monitoring"), _role(role), port)
    assert not may(everything, End("monitoring"), _role("ray"), 8265)
    assert not may(everything, End("monitoring"), _role("prefect-server"), 4200)


def test_people_come_by_the_namespace_that_is_named(
    everything: list[Manifest], defaults: list[Manifest]
) -> None:
    for role, port in (("prefect-server", 4200), ("ray", 8265)):
        assert may(everything, End("ingress"), _role(role), port)
        assert not may(defaults, End("ingress"), _role(role), port)


@pytest.mark.parametrize("role", ["ray", "run", "flow"])
def test_documents_come_from_the_web_but_not_from_private_ranges(
    everything: list[Manifest], role: str
) -> None:
    assert may(everything, _role(role), End(address="93.184.216.34"), 443)
    assert not may(everything, _role(role), End(address="93.184.216.34"), 22)
    for address in ("10.1.2.3", "172.20.0.1", "192.168.1.1", "127.0.0.1", "100.64.0.1"):
        assert not may(everything, _role(role), End(address=address), 80), address
    # Where clouds tell a machine its credentials.
    assert not may(everything, _role(role), End(address="169.254.169.254"), 80)
    assert may(everything, _role(role), End(address="10.20.0.7"), 9000)
    assert not may(everything, _role(role), End(address="10.20.0.7"), 9001)


def test_web_can_be_closed() -> None:
    manifests = render({"network": {"web": {"enabled": False}, "apiServer": {"cidrs": ["10.0.0.1/32"]}}})
    for role in _roles(manifests):
        assert not may(manifests, _role(role), End(address="93.184.216.34"), 443)
    assert may(manifests, _role("ray"), End(address="10.0.0.1"), 443)
    assert may(manifests, _role("prefect-worker"), End(address="10.0.0.1"), 6443)
    assert not may(manifests, _role("flow"), End(address="10.0.0.1"), 443)


def test_a_missing_policy_shows(everything: list[Manifest]) -> None:
    """Without the one that closes everything strangers come in, and this page says so."""
    open_ = [each for each in everything if each["metadata"]["name"] != "looseleaf-closed"]
    assert may(open_, _STRANGER, _role("submitter"), 80)
    changed = copy.deepcopy(everything)
    for each in changed:
        if (each["kind"], each["metadata"]["name"]) == ("NetworkPolicy", "looseleaf-ray"):
            each["spec"]["ingress"].append({})
    assert may(changed, _FAR, _role("ray"), 6379)


def test_a_pod_without_a_role_would_be_found(everything: list[Manifest]) -> None:
    """`pods` reads the label that policies go by."""
    with pytest.raises(KeyError):
        _ = Pod("Job/new", {}, {"containers": []}).role
