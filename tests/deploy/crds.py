"""`python -m tests.deploy.crds FILE...`: validates custom resources against the definitions of a cluster."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tests.deploy.rendering import Manifest, render


def refused(manifests: Sequence[Manifest], definitions: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """Return how many manifests the definitions are about, and what is wrong with them."""
    schemas = {
        (f"{each['spec']['group']}/{version['name']}", each["spec"]["names"]["kind"]): version["schema"][
            "openAPIV3Schema"
        ]
        for each in definitions
        for version in each["spec"]["versions"]
    }
    said = []
    validated = 0
    for manifest in manifests:
        schema = schemas.get((manifest["apiVersion"], manifest["kind"]))
        if schema is None:
            continue
        validated += 1
        own = _strict(schema)
        own["properties"]["metadata"] = {"type": "object"}
        said += [
            f"{manifest['kind']}: {'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in Draft202012Validator(own).iter_errors(manifest)
        ]
    return validated, said


def _strict(schema: Any) -> Any:
    """Return a structural schema as JSON Schema that refuses unknown fields, as a strict API server does."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items() if key != "format"}
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("type", None)
    if "properties" in made and isinstance(made["properties"], dict) and "additionalProperties" not in made:
        made["additionalProperties"] = bool(made.get("x-kubernetes-preserve-unknown-fields"))
    return made


def main(paths: Sequence[str]) -> int:
    """Validate; return the process's exit status."""
    from tests.deploy.conftest import EVERYTHING

    loaded = [each for path in paths for each in yaml.safe_load_all(Path(path).read_text()) if each]
    definitions = [each for one in loaded for each in (one["items"] if one["kind"] == "List" else [one])]
    validated, said = refused(render(EVERYTHING), definitions)
    print(*said, f"{validated} custom resources validated, {len(said)} problems", sep="\n")
    return 1 if said or not validated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
