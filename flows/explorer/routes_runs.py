"""The addresses of runs, and of what differs between two runs or two builds."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from flows.explorer.asking import Limit, Looking
from flows.explorer.builds import compare_builds, list_changes
from flows.explorer.runs import describe_run, differences, moments

router = APIRouter()


@router.get("/runs/{name}")
def run(sight: Looking, name: str) -> dict[str, Any]:
    """Give who a run is, its curves and its metrics."""
    return describe_run(sight, name)


@router.get("/runs/{name}/moments")
def run_moments(sight: Looking, name: str) -> dict[str, Any]:
    """Give what was seen of held-out documents while a run trained."""
    return moments(sight, name)


@router.get("/compare/runs")
def runs_compared(sight: Looking, first: str, second: str, limit: Limit = 100) -> dict[str, Any]:
    """Tell how two runs differ."""
    return differences(sight, first, second, limit)


@router.get("/compare/builds")
def builds_compared(sight: Looking, first: str, second: str) -> dict[str, Any]:
    """Tell how many documents were added, removed and changed between two builds."""
    return compare_builds(sight, first, second)


@router.get("/compare/builds/documents")
def build_changes(
    sight: Looking,
    first: str,
    second: str,
    *,
    change: str | None = None,
    after: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Give a page of the documents that differ between two builds."""
    return list_changes(sight, first, second, change, cursor=after, limit=limit)
