"""A process of its own that writes a share of the reports: `python -m flows.demo.simulation.worker`.

It prints the number of pictures of each report that it has written, a line each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flows.demo.simulation.cases import runs
from flows.demo.simulation.report import write_report


def main(folder: str, reports: str, seed: str, share: str, of: str, *, stamped: str) -> None:
    """Write every `of`-th report of the set, from number `share`; `stamped` is `stamped` or `plain`."""
    for run in runs(int(reports), int(seed))[int(share) :: int(of)]:
        place = Path(folder) / run.family / f"run-{run.index + 1}"
        print(write_report(run, place, int(seed), stamped=stamped == "stamped"), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:6], stamped=sys.argv[6])
