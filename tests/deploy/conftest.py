"""The chart as Helm's own engine renders it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.deploy.rendering import Manifest, render

#: Everything that can be switched on, is.
EVERYTHING: Mapping[str, Any] = {
    "image": {"pullSecrets": ["registry"]},
    "storage": {"endpoint": "https://store.example:9000"},
    "serviceAccountAnnotations": {"example.com/role": "looseleaf"},
    "kueue": {"enabled": True, "rayCluster": True},
    "network": {
        "pagesNamespace": "ingress",
        "private": [{"cidr": "10.20.0.0/16", "port": 9000}],
    },
    "runs": [
        {
            "name": "train-manuals",
            "command": ["train", "s3://bucket/it's manuals", "--workers", 2],
            "workers": "gpu",
            "replicas": 2,
            "deadline": 86400,
            "keep": 3600,
        }
    ],
}


@pytest.fixture(scope="session")
def rendered() -> Callable[..., list[Manifest]]:
    """Return what renders the chart with values in place of its own."""
    return render


@pytest.fixture(scope="session")
def everything() -> list[Manifest]:
    """Return the manifests of the chart with everything switched on."""
    return render(EVERYTHING)


@pytest.fixture(scope="session")
def defaults() -> list[Manifest]:
    """Return the manifests of the chart with its own values."""
    return render()
