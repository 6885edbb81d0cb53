"""The files of a run: who it is, what it was told, how it goes, what it saw.

- `run.json`: id, shards, dataset and its build, encoders
- `config.json`: the TrainConfig
- `progress.jsonl`: a line a step: losses, learning rate, times
- `samples.jsonl`: a line a step: the documents that it saw
- `checkpoints/`: see `training.checkpoint`
- `mined/`: the blocks of documents that were mined on the way, see `training.mining`
- `similarity/`: matrices of some held-out documents at some steps
- `held_out/`: where held-out documents lie in the run's space at some steps
- `diagnosis.json`: what the checks said, at each look and on held-out documents
- `metrics.json`: the table of `training.evaluate`
- `baselines/`: the runs that it is compared with
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import exists, is_local, join, local_path, read_bytes, write_bytes_atomic


def read_json(run: str, *parts: str) -> Any:
    """Return what a JSON file of the run holds.

    Raises:
        LooseleafError: if it is not there.
    """
    url = join(run, *parts)
    try:
        return json.loads(read_bytes(url))
    except FileNotFoundError as error:
        raise LooseleafError(
            f"{run} has no {'/'.join(parts)}, so it is no finished training run; train first."
        ) from error


def write_json(run: str, value: object, *parts: str) -> None:
    """Write a JSON file of the run, atomically."""
    write_bytes_atomic(join(run, *parts), (json.dumps(value, indent=1) + "\n").encode())


def read_lines(run: str, name: str) -> list[dict[str, Any]]:
    """Return the whole lines of a JSON-lines file; empty if there is none."""
    url = join(run, name)
    if not exists(url):
        return []
    # A line without its end was being written when the process died.
    whole, _, _ = read_bytes(url).rpartition(b"\n")
    return [json.loads(line) for line in whole.splitlines() if line]


def append_lines(run: str, name: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add lines to a JSON-lines file."""
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    url = join(run, name)
    if is_local(url):
        path = local_path(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        return
    # An object store cannot append.
    before = read_bytes(url) if exists(url) else b""
    write_bytes_atomic(url, before + text.encode())


def truncate_lines(run: str, name: str, last_step: int) -> None:
    """Drop the lines of steps after `last_step`: a resumed run writes them again."""
    lines = read_lines(run, name)
    kept = [line for line in lines if line["step"] <= last_step]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in kept)
    write_bytes_atomic(join(run, name), text.encode())
