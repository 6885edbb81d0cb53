"""Who may know whom: flows all, pipeline and training storage alone; Prefect and Ray keep their places."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("flows", "pipeline", "storage", "training")
MAY_IMPORT = {
    "storage": {"storage"},
    "pipeline": {"pipeline", "storage"},
    "training": {"training", "storage"},
    "flows": {"flows", "pipeline", "training", "storage"},
}
USES_PREFECT = ("flows/*",)
USES_RAY = ("flows/*", "pipeline/runner.py", "training/ray_*.py")


def _modules() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for package in OURS for path in (ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Give the top-level package of every import, those within functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield path.relative_to(ROOT).parts[0] if node.level else (node.module or "").split(".")[0]


@pytest.mark.parametrize("module", _modules())
def test_a_module_imports_only_what_it_may_know(module: str) -> None:
    imported = set(_imports(ROOT / module))
    assert imported & set(OURS) <= MAY_IMPORT[module.split("/", maxsplit=1)[0]]
    assert "tests" not in imported
    if not any(fnmatch(module, pattern) for pattern in USES_PREFECT):
        assert "prefect" not in imported
    if not any(fnmatch(module, pattern) for pattern in USES_RAY):
        assert "ray" not in imported


def test_the_rule_sees_every_package() -> None:
    assert {module.split("/")[0] for module in _modules()} == set(OURS)
