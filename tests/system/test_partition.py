"""Three hosts train one run together; one is cut off, and a smaller run goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.ray_nodes import new_cluster
from tests.system.networks import Network
from tests.training.cluster_training import Training, assert_as_undisturbed
from tests.training.shard_samples import write_samples
from training.lines import read_lines

pytestmark = pytest.mark.timeout(600)

EVERY = 10
SETTINGS: dict[str, Any] = {
    "steps": 30,
    "checkpoint_every": EVERY,
    "workers": [1, 3],
    "batch": {"documents": 8},
    "model": {"text_hidden": 8},
    "optimizer": {"lr": 3e-4},
}


def test_a_host_is_cut_off_and_a_smaller_run_goes_on(tmp_path: Path) -> None:
    shards, run = write_samples(tmp_path / "shards", documents=40), str(tmp_path / "run")
    with tempfile.TemporaryDirectory(prefix="ll", dir="/tmp") as folder:
        (Path(folder) / "disk").mkdir()
        cluster = new_cluster(Path(folder), disk="disk")
        with Network(str(cluster.disk)) as network:
            hosts = [network.host(number) for number in (1, 2, 3)]
            try:
                nodes = [cluster.start_head(1, hosts[0])]
                nodes += [cluster.start_node(1, host) for host in hosts[1:]]
                for node in nodes:
                    node.wait()
                training = Training(cluster, SETTINGS, shards, run, until=12)
                training.wait_for(12)
                assert [len(node.workers()) for node in nodes] == [1, 1, 1]
                network.cut(3)
                training.go_on(14)
                training.wait_for_warning("goes on from step 10")
                assert [len(node.workers()) for node in nodes[:2]] == [1, 1]
                training.let(SETTINGS["steps"])
                done = training.ended()
            finally:
                cluster.kill()
    assert (done["steps"], done["restarts"]) == (SETTINGS["steps"], 1)
    workers = [line["workers"] for line in read_lines(run, "progress.jsonl")]
    assert workers == [3] * 10 + [2] * 20
    assert_as_undisturbed(run, SETTINGS, shards, tmp_path / "undisturbed")
