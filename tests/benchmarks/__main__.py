"""Runs benchmarks and prints what they measured and should: `python -m tests.benchmarks [NAME ...]`.

A benchmark is a module of this package with a function `run() -> dict[str, float | str]`. The exit status is
1 when a target was missed. `loss --plot FILE` measures the loss at all sizes and draws them.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.targets import target_of

NAMES = (
    "diagnosis",
    "explorer",
    "fetch",
    "fidelity",
    "forms",
    "hashing",
    "html",
    "incremental",
    "loss",
    "minhash",
    "mining",
    "parallel",
    "probes",
    "service",
    "shards",
    "similarity",
    "streaming",
    "waiting",
)


def main(names: list[str], plot: Path | None = None) -> int:
    """Run the named benchmarks, or all that there are; return the exit status.

    Args:
        names: of benchmarks.
        plot: where `loss` alone, if it is asked for, draws all sizes.
    """
    present = [name for name in NAMES if find_spec(f"tests.benchmarks.{name}") is not None]
    unknown = sorted(set(names) - set(present))
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]!r}: choose from {', '.join(present)}.\n")
        return 2
    if plot is not None and names != ["loss"]:
        sys.stderr.write("Only the benchmark loss draws a plot: name it, and it alone.\n")
        return 2
    missed = False
    _print("benchmark", "measure", "value", "target", "peer")
    for name in names or present:
        run = import_module(f"tests.benchmarks.{name}").run
        for measure, value in (run() if plot is None else run(plot)).items():
            target = target_of(name, measure)
            shown = value if isinstance(value, str) else f"{value:.4g}"
            if target is None:
                _print(name, measure, shown, "", "")
                continue
            reached = target.reached(float(value))
            missed = missed or not reached
            _print(name, measure, shown, f"{target}{'' if reached else ': MISSED'}", target.peer)
    return 1 if missed else 0


def _print(*cells: str) -> None:
    widths = (12, 44, 10, 22, 0)
    line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m tests.benchmarks", description="Benchmarks and their targets.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; by default all")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="loss: draw all sizes to this file")
    asked = parser.parse_args()
    sys.exit(main(asked.names, asked.plot))
