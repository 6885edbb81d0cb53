"""The page that Prometheus reads."""

from __future__ import annotations

import urllib.request

import httpx
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from flows.metrics.books import Books, StageFigures
from flows.metrics.page import registry

_BOOKS = Books(
    runs={("build", "COMPLETED"): 3, ("build", "CRASHED"): 0},
    stages={
        ("build a", "extract"): StageFigures(seconds=2.5, peak_memory=1e9, rows={"documents": 7}),
        ("train r", "train"): StageFigures(progress=0.5, loss=0.25),
    },
    heartbeat_ages={'train "r"\n': 12.0},
    ready={"build/local": True, "mine/local": False},
)


def _read(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_page_has_all_that_the_books_have() -> None:
    assert _read(generate_latest(registry(lambda: _BOOKS)).decode()) == {
        ("looseleaf_prefect_up",): 1,
        ("looseleaf_flow_runs", "flow=build", "state=COMPLETED"): 3,
        ("looseleaf_flow_runs", "flow=build", "state=CRASHED"): 0,
        ("looseleaf_deployment_ready", "deployment=build/local"): 1,
        ("looseleaf_deployment_ready", "deployment=mine/local"): 0,
        ("looseleaf_run_heartbeat_age_seconds", 'run=train "r"\n'): 12,
        ("looseleaf_stage_seconds", "run=build a", "stage=extract"): 2.5,
        ("looseleaf_stage_peak_memory_bytes", "run=build a", "stage=extract"): 1e9,
        ("looseleaf_stage_rows", "run=build a", "stage=extract", "table=documents"): 7,
        ("looseleaf_stage_progress_ratio", "run=train r", "stage=train"): 0.5,
        ("looseleaf_training_loss", "run=train r", "stage=train"): 0.25,
    }


def test_books_are_read_at_each_look() -> None:
    looks = []

    def read() -> Books:
        looks.append(1)
        return _BOOKS

    page = registry(read)
    assert not looks
    generate_latest(page)
    generate_latest(page)
    assert len(looks) == 2


def test_server_that_is_away_is_no_failure() -> None:
    def read() -> Books:
        raise httpx.ConnectError("refused")

    assert _read(generate_latest(registry(read)).decode()) == {("looseleaf_prefect_up",): 0}


def test_it_is_served_on_every_path() -> None:
    """Probes ask /health, Prometheus /metrics."""
    from prometheus_client import start_http_server

    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry(lambda: _BOOKS))
    try:
        for path in ("metrics", "health"):
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{path}", timeout=5) as answer:
                assert b"looseleaf_prefect_up 1" in answer.read()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
