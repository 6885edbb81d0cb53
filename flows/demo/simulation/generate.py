"""Writes the whole set of reports over several processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from storage.errors import LooseleafError

_DONE = "done.json"
#: Raise it when the same seed gives other reports.
_VERSION = 1
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Generated:
    """What was written."""

    folder: Path
    reports: int
    images: int


def generate(
    folder: Path,
    reports: int = 300,
    seed: int = 0,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    stamped: bool = False,
) -> Generated:
    """Write simulation reports as folders of Markdown and PNG, each with its true links beside it.

    The same seed and number give the same files. A folder that was finished with the same seed and number
    is left as it is; one that was not is written anew.

    Args:
        folder: where; one folder a report, `<family>/run-<n>`.
        reports: how many.
        seed: of everything.
        processes: how many at once; None takes the processors of the machine.
        progress: called with the number of finished reports and of all.
        stamped: print onto the pictures what post-processors print (run, load case, extremes).

    Raises:
        LooseleafError: if the folder holds something else, or a process fails.
    """
    wanted: dict[str, object] = {"version": _VERSION, "reports": reports, "seed": seed}
    if stamped:
        wanted["stamped"] = True
    done = folder / _DONE
    had = json.loads(done.read_text()) if done.is_file() else {}
    if had.get("finished") and had["wanted"] == wanted:
        return Generated(folder, reports, had["images"])
    if folder.exists():
        if not had and any(folder.iterdir()):
            raise LooseleafError(f"{folder} holds other files; choose another folder for the reports.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    done.write_text(json.dumps({"wanted": wanted, "finished": False}))
    images = 0
    for n, count in enumerate(
        _written(folder, (reports, seed, stamped), processes or os.cpu_count() or 1), 1
    ):
        images += count
        if progress:
            progress(n, reports)
    done.write_text(json.dumps({"wanted": wanted, "finished": True, "images": images}))
    return Generated(folder, reports, images)


def _written(folder: Path, wanted: tuple[int, int, bool], processes: int) -> Iterator[int]:
    """Write the reports and give the number of pictures of each, as they come."""
    counts: SimpleQueue[int | None] = SimpleQueue()
    # Programs of their own, not forks: the caller may be one with threads.
    environment = {**os.environ, **{name: "1" for name in _THREADS if name not in os.environ}}
    with contextlib.ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(2 * processes))
        workers = []
        for share in range(processes):
            reports, seed, stamped = wanted
            command = [sys.executable, "-m", f"{__package__}.worker", str(folder), str(reports), str(seed)]
            worker = subprocess.Popen(
                [*command, str(share), str(processes), "stamped" if stamped else "plain"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
            )
            stack.callback(_end, worker)
            workers.append(worker)
        complaints = [threads.submit(_read_all, worker) for worker in workers]
        for worker in workers:
            threads.submit(_follow, worker, counts)
        ended = 0
        while ended < processes:
            count = counts.get()
            if count is None:
                ended += 1
            else:
                yield count
        for worker, complaint in zip(workers, complaints, strict=True):
            if worker.wait():
                said = complaint.result().strip().splitlines()
                reason = said[-1] if said else f"status {worker.returncode}"
                raise LooseleafError(
                    f"The simulation reports in {folder} could not be written ({reason}); "
                    "free some memory or disk and start again."
                )


def _follow(worker: subprocess.Popen[str], counts: SimpleQueue[int | None]) -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        counts.put(int(line))
    counts.put(None)


def _read_all(worker: subprocess.Popen[str]) -> str:
    assert worker.stderr is not None
    return worker.stderr.read()


def _end(worker: subprocess.Popen[str]) -> None:
    if worker.poll() is None:
        worker.terminate()
    worker.wait()
