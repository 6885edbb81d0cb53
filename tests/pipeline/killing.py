"""Kills a stage at every moment of its writing, runs it again, and prints the digest of what is then there.

A program of its own, so that it can fork before any library has started threads:
`python -m tests.pipeline.killing FOLDER` prints one JSON list of [killed, digest], the undisturbed run first.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Chunk, Context, Stage
from storage import parts
from storage.digest import dataset_digest
from storage.schemas import table_of
from storage.staging import staging_batches

_RECIPE = recipe_from_dict({"name": "killed", "sources": [{"kind": "files", "name": "a", "root": "."}]})
_TABLES = ("documents", "rejections")


def _plan(context: Context) -> Iterator[Chunk]:
    yield from (Chunk({"number": number}) for number in range(3))


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    name = f"d{chunk.inputs['number']}"
    return {
        "documents": table_of("documents", [{"doc_id": name}]),
        "staging/seen": table_of("links", [{"doc_id": name}]),
    }


_STAGE = Stage("extract", _TABLES, _plan, _process, lambda recipe: {})


def _run(dataset: str) -> None:
    run_stage(_STAGE, Context(dataset, _RECIPE, "b"), execute_here, lambda done, total: None)


def _digest(dataset: str) -> str:
    staged = sorted(
        value for batch in staging_batches(dataset, "seen") for value in batch["doc_id"].to_pylist()
    )
    return f"{dataset_digest(dataset, _TABLES)} {staged}"


class _Fuse:
    """Kills this process at the moment `last`; a moment is the beginning, middle or end of a write."""

    def __init__(self, last: int) -> None:
        self.left = last

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.burn()
            result = call(*args, **kwargs)
            self.burn()
            return result

        return watched

    def halved(self, write: Callable[[Path, bytes], int]) -> Callable[[Path, bytes], int]:
        def watched(path: Path, data: bytes) -> int:
            write(path, data[: len(data) // 2])
            self.burn()
            return write(path, data)

        return watched


def _in_child(task: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            task()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def _killed_run(dataset: str, moment: int) -> None:
    fuse = _Fuse(moment)
    DeltaTable.create = fuse.around(DeltaTable.create)
    DeltaTable.create_write_transaction = fuse.around(DeltaTable.create_write_transaction)
    parts.pq.write_table = fuse.around(parts.pq.write_table)
    Path.replace = fuse.around(Path.replace)  # type: ignore[method-assign]
    Path.write_bytes = fuse.halved(Path.write_bytes)  # type: ignore[assignment,method-assign]
    _run(dataset)


def _finish(dataset: str, out: Path) -> None:
    _run(dataset)
    out.write_text(_digest(dataset))


def main(folder: Path) -> None:
    """Kill at the first moment, the second and so on, until a run ends before its moment comes."""
    results: list[tuple[bool, str]] = []
    while len(results) < 2 or results[-1][0]:
        moment = len(results)
        dataset, out = str(folder / f"dataset-{moment}"), folder / f"digest-{moment}"
        status = _in_child(partial(_killed_run, dataset, moment))
        _in_child(partial(_finish, dataset, out))
        results.append((os.WIFSIGNALED(status), out.read_text()))
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
