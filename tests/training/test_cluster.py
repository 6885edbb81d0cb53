"""A training on a head and two nodes: workers, nodes and the head are lost, and it ends as it should."""

from __future__ import annotations

import json
import signal
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

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

EVERY = 20
SETTINGS: dict[str, Any] = {
    "steps": 150,
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
    training = Training(cluster, SETTINGS, shards, run)
    training.wait_for(EVERY + 5)

    # A worker: both go on from the last checkpoint.
    (worker,) = leaving.workers()
    worker.kill()
    training.wait_for(EVERY + 10)
    assert "lost" in "".join(training.warnings) or "failed" in "".join(training.warnings)

    # A node that is taken away with notice: a checkpoint in time, and not a step is repeated.
    before = set(checkpoint_steps(run))
    repeated = len(training.repeated)
    _take_away(cluster, "leaves")
    training.wait_for_warning("goes on elsewhere")
    (in_time,) = [step for step in checkpoint_steps(run) if step not in before and step % EVERY]
    leaving.kill()
    training.wait_for(in_time + 1)
    assert len(training.repeated) == repeated

    # The node with the last worker, without notice: the run goes on where there is room.
    cluster.start_node(name="new")
    staying.kill()
    training.wait_for(in_time + 3)
    assert training.repeated
    assert max(training.repeated) <= EVERY

    # The head and the job on it; the workers elsewhere do not know yet. The next try goes on.
    training.process.send_signal(signal.SIGKILL)
    training.process.wait()
    head.kill()
    reached = max(line["step"] for line in read_lines(run, "progress.jsonl"))
    cluster.start_head()
    cluster.start_node(name="last")
    again = Training(cluster, SETTINGS, shards, run)
    done = again.ended()
    assert (done["steps"], done["restarts"]) == (SETTINGS["steps"], 0)
    assert again.steps[0] > reached - EVERY
    assert_as_undisturbed(run, SETTINGS, shards, tmp_path / "undisturbed")
    assert json.loads((tmp_path / "run" / "config.json").read_text())["workers"] == [1, 2]
