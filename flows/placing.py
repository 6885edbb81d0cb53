"""Says before a job is submitted whether the cluster can ever place what its stage wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.ray_jobs import Node

_GIB = 1 << 30
#: That a worker needs at least, with torch and its batches.
_WORKER_MEMORY = 1 * _GIB


@dataclass(frozen=True)
class Wants:
    """So many pieces with so much each; memory in bytes. A piece lies on one node."""

    pieces: int
    what: str  # a piece is called
    cpus: float
    gpus: float = 0.0
    memory: float = 0.0

    def __str__(self) -> str:
        each = " each" if self.pieces > 1 else ""
        what = self.what if self.pieces == 1 else f"{self.what}s"
        gpus = f", {_counted(self.gpus, 'GPU')}" if self.gpus else ""
        return f"{self.pieces} {what} with {_counted(self.cpus, 'CPU')}{gpus} and {_gib(self.memory)}{each}"


def wants(stage: str, arguments: Mapping[str, Any]) -> Wants | None:
    """Return what a stage cannot do without; None where it is content with whatever there is."""
    if stage != "train":
        return None
    cuda = arguments["config"].get("device") == "cuda"
    workers = _fewest_workers(arguments)
    if not workers:
        return Wants(1, "process", 0.0, 1.0, _WORKER_MEMORY) if cuda else None
    return Wants(workers, "worker", 0.0 if cuda else 1.0, 1.0 if cuda else 0.0, _WORKER_MEMORY)


def works_alone(stage: str, arguments: Mapping[str, Any]) -> bool:
    """Say whether a stage works in the job's own process: on a cluster that is not for the head to do."""
    return stage in ("pack", "evaluate") or (stage == "train" and not _fewest_workers(arguments))


def _fewest_workers(arguments: Mapping[str, Any]) -> int:
    """Return with how few workers a training can go on; of two numbers the second is the most."""
    told = arguments["config"]["workers"]
    return int(told[0] if isinstance(told, list | tuple) else told)


def refusal(stage: str, wanted: Wants, nodes: Sequence[Node]) -> str | None:
    """Return the sentence that refuses what can never be placed on these nodes, or None."""
    if sum(_pieces(wanted, node) for node in nodes) >= wanted.pieces:
        return None
    has = (
        f"{_counted(sum(node.cpus for node in nodes), 'CPU')}, "
        f"{_counted(sum(node.gpus for node in nodes), 'GPU')} and "
        f"{_gib(sum(node.memory for node in nodes))} on {_counted(len(nodes), 'node')}"
    )
    return (
        f"Stage {stage} wants {wanted}, but the cluster has {has}: ask for fewer workers, "
        "or start nodes that have them."
    )


def _pieces(wanted: Wants, node: Node) -> int:
    """Return how many pieces a node could hold, were it empty."""
    pairs = ((node.cpus, wanted.cpus), (node.gpus, wanted.gpus), (node.memory, wanted.memory))
    return min((int(has // each) for has, each in pairs if each), default=wanted.pieces)


def _counted(number: float, what: str) -> str:
    return f"{number:g} {what}" if number == 1 else f"{number:g} {what}s"


def _gib(size: float) -> str:
    return f"{size / _GIB:.1f} GiB of memory"
