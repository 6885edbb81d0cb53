"""The page that Prometheus reads: the books as metrics, read anew for each look."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import httpx
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from flows.metrics.books import Books

_LOG = logging.getLogger(__name__)


def families(books: Books) -> Iterator[GaugeMetricFamily]:
    """Return the books as metrics; all are what is so now, none counts up."""
    runs = GaugeMetricFamily(
        "looseleaf_flow_runs", "Flow runs that Prefect knows, by state.", labels=["flow", "state"]
    )
    for (flow, state), count in books.runs.items():
        runs.add_metric([flow, state], count)
    yield runs

    ready = GaugeMetricFamily(
        "looseleaf_deployment_ready", "Whether anybody asks for its runs.", labels=["deployment"]
    )
    for deployment, is_ready in books.ready.items():
        ready.add_metric([deployment], is_ready)
    yield ready

    ages = GaugeMetricFamily(
        "looseleaf_run_heartbeat_age_seconds",
        "Since a run that is under way was last heard of.",
        labels=["run"],
    )
    for run, age in books.heartbeat_ages.items():
        ages.add_metric([run], age)
    yield ages

    of_stages = {
        "seconds": GaugeMetricFamily(
            "looseleaf_stage_seconds", "That a stage took when it last ended.", labels=["run", "stage"]
        ),
        "peak_memory": GaugeMetricFamily(
            "looseleaf_stage_peak_memory_bytes",
            "Of all processes of a stage together.",
            labels=["run", "stage"],
        ),
        "progress": GaugeMetricFamily(
            "looseleaf_stage_progress_ratio", "How far a stage is, 0 to 1.", labels=["run", "stage"]
        ),
        "loss": GaugeMetricFamily("looseleaf_training_loss", "Of the latest step.", labels=["run", "stage"]),
    }
    rows = GaugeMetricFamily(
        "looseleaf_stage_rows", "That a stage has in each table.", labels=["run", "stage", "table"]
    )
    for (run, stage), known in books.stages.items():
        for name, family in of_stages.items():
            value = getattr(known, name)
            if value is not None:
                family.add_metric([run, stage], value)
        for table, held in known.rows.items():
            rows.add_metric([run, stage, table], held)
    yield from of_stages.values()
    yield rows


class BooksCollector(Collector):
    """Asks for the books at each look; while the server is away it says that alone.

    Args:
        read: gives the books.
    """

    def __init__(self, read: Callable[[], Books]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the metrics of now."""
        up = GaugeMetricFamily("looseleaf_prefect_up", "Whether Prefect's server answers.")
        try:
            books = self._read()
        except httpx.HTTPError as error:
            _LOG.warning("Prefect's server does not answer: %s", error)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from families(books)


def registry(read: Callable[[], Books]) -> CollectorRegistry:
    """Return a registry of the books alone."""
    # With auto_describe the books would be read when the collector is registered.
    made = CollectorRegistry(auto_describe=False)
    made.register(BooksCollector(read))
    return made
