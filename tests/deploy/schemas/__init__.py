"""Checks a manifest against the schema of its kind: Kubernetes', KubeRay's or Kueue's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

#: Oldest and newest of Kubernetes that the manifests are meant for.
VERSIONS = ("1.30", "1.37")

_HERE = Path(__file__).parent
_OWN = {path.stem: path for path in _HERE.glob("*.yaml")}


def problems(manifest: Mapping[str, Any], version: str) -> list[str]:
    """Return what is wrong with `manifest` for Kubernetes `version`, one sentence a field."""
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    validator = _own(group, version) if group in _OWN else None
    if validator is not None:
        validator = validator.evolve(schema={"$ref": f"{group}#/$defs/{manifest['kind']}"})
    else:
        validator = _kubernetes(str(manifest["apiVersion"]), str(manifest["kind"]), version)
    name = f"{manifest['kind']} {manifest['metadata'].get('name', '?')}"
    return [
        f"{name}: {'.'.join(map(str, error.absolute_path)) or 'itself'}: {error.message[:300]}"
        for error in validator.iter_errors(manifest)
    ]


def _folder(version: str) -> Any:
    return files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict"


@cache
def _registry(version: str) -> Registry[Any]:
    definitions = json.loads((_folder(version) / "_definitions.json").read_text())
    registry: Registry[Any] = Registry().with_resources(
        (uri, Resource.from_contents(definitions)) for uri in ("k8s", definitions["$id"])
    )
    for group, path in _OWN.items():
        registry = registry.with_resource(group, Resource.from_contents(yaml.safe_load(path.read_text())))
    return registry


@cache
def _own(group: str, version: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": group}, registry=_registry(version))


@cache
def _kubernetes(api_version: str, kind: str, version: str) -> Draft202012Validator:
    group, _, release = api_version.rpartition("/")
    prefix = f"{group.split('.')[0]}-" if group else ""
    schema = json.loads((_folder(version) / f"{kind.lower()}-{prefix}{release}.json").read_text())
    return Draft202012Validator(schema, registry=_registry(version))
