"""Definitions of a cluster are taken at their word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import crds
from tests.deploy.rendering import Manifest


def _definition(properties: dict[str, Any]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"type": "object", "properties": properties},
        },
    }
    return {
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": "kueue.x-k8s.io",
            "names": {"kind": "LocalQueue"},
            "versions": [{"name": "v1beta2", "schema": {"openAPIV3Schema": schema}}],
        },
    }


@pytest.mark.parametrize(
    ("properties", "problems"),
    [
        ({"clusterQueue": {"type": "string"}}, 0),
        ({"clusterQueue": {"type": "integer"}}, 1),
        ({"queue": {"type": "string"}}, 1),
        ({"clusterQueue": {"x-kubernetes-int-or-string": True, "type": "integer"}}, 0),
    ],
)
def test_definition_decides(everything: list[Manifest], properties: dict[str, Any], problems: int) -> None:
    validated, said = crds.refused(everything, [_definition(properties)])
    assert validated == 1
    assert len(said) == problems


def test_command_reads_what_kubectl_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "crds.yaml"
    file.write_text(
        yaml.safe_dump({"kind": "List", "items": [_definition({"clusterQueue": {"type": "string"}})]})
    )
    assert crds.main([str(file)]) == 0
    assert "1 custom resources validated, 0 problems" in capsys.readouterr().out
    file.write_text(yaml.safe_dump(_definition({})))
    assert crds.main([str(file)]) == 1
    # Definitions of other kinds validate nothing, which is no success.
    file.write_text(yaml.safe_dump({"kind": "List", "items": []}))
    assert crds.main([str(file)]) == 1
