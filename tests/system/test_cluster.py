"""A training on a head and two nodes: workers, nodes and the head are lost, and it ends as it should."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ray_nodes import Cluster, new_cluster
from tests.training.cluster_training import Training, assert_as_undisturbed
from tests.training.shard_samples import write_samples
from training.checkpoint import checkpoint_steps
from training.lines import read_lines

pytestmark = pytest.mark.timeout(900)

EVERY = 10
SETTINGS: dict[str, Any] = {
    "steps": 30,
    "checkpoint_every": EVERY,
    "workers": [1, 2],
    "batch": {"documents": 8},
    "model": {"text_hidden": 8},
    "optimizer": {"lr": 1e-4},
}

DRAIN = """
import sys, time
import ray
ray.init(log_to_driver=False, logging_level="ERROR")
(node,) = [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get(sys.argv[1])]
from ray.core.generated import autoscaler_pb2
from ray._raylet import GcsClient
reason = autoscaler_pb2.DrainNodeReason.Value("DRAIN_NODE_REASON_PREEMPTION")
client = GcsClient(address=ray.get_runtime_context().gcs_address)
deadline = time.time_ns() // 10**6 + 60_000
accepted, why = client.drain_node(node, reason, "the machine is wanted back", deadline)
assert accepted, why
"""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="ll", dir="/tmp", ignore_cleanup_errors=True) as folder:
        made = new_cluster(Path(folder))
        try:
            yield made
        finally:
            made.kill()


def _take_away(cluster: Cluster, name: str) -> None:
    """Tell that a node will be taken away, as a cloud does."""
    drain = cluster.python("-c", DRAIN, name)
    _, errors = drain.communicate(timeout=60)
    assert drain.returncode == 0, errors


def test_lost_workers_nodes_and_head(cluster: Cluster, tmp_path: Path) -> None:
    shards, run = write_samples(tmp_path / "shards", documents=40), str(tmp_path / "run")
    head = cluster.start_head()
    staying = cluster.start_node(name="stays")
    leaving = cluster.start_node(name="leaves")
    for node in (staying, leaving):
        node.wait()
    training = Training(cluster, SETTINGS, shards, run, until=12)
    training.wait_for(12)

    # A worker: both go on from the last checkpoint.
    (worker,) = leaving.workers()
    worker.kill()
    training.go_on(14)
    training.wait_for_warning("goes on from step 10")
    assert [len(node.workers()) for node in (staying, leaving)] == [1, 1]

    # A node that is taken away with notice: a checkpoint in time, and not a step is repeated.
    _take_away(cluster, "leaves")
    training.wait_for_warning("goes on elsewhere from step 15")
    leaving.kill()
    training.go_on(17)
    assert checkpoint_steps(run) == [10, 15]
    assert len(staying.workers()) == 1

    # The node with the last worker, without notice: the run goes on as soon as there is room.
    staying.kill()
    new = cluster.start_node(name="new")
    training.wait_for_warning("goes on from step 15")
    training.go_on(22)

    # The head and the job on it. The worker elsewhere does not know yet and trains on, then the next try.
    head.kill()
    training.process.kill()
    training.let(26)
    cluster.start_head()
    cluster.start_node(name="last").wait()
    assert [line["step"] for line in read_lines(run, "progress.jsonl")] == list(range(1, 27))
    assert len(new.workers()) == 1
    again = Training(cluster, SETTINGS, shards, run, until=SETTINGS["steps"])
    done = again.ended()
    assert (done["steps"], done["restarts"]) == (SETTINGS["steps"], 0)
    assert 21 in again.steps
    assert_as_undisturbed(run, SETTINGS, shards, tmp_path / "undisturbed")
    workers = [line["workers"] for line in read_lines(run, "progress.jsonl")]
    assert workers == [2] * 15 + [1] * 15
    assert json.loads((tmp_path / "run" / "config.json").read_text())["workers"] == [1, 2]
