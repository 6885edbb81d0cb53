"""The worker's side: `python -m flows.sql_server.worker DATASET BUILD LIMITS`, one query after the other.

It has a dataset open, locked, under a ceiling of memory; what one query does to it, be it a crash, stays
here. It ends when its input does, or when a query outlives its time and nobody has ended it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass
from typing import IO, Any

import pyarrow as pa

from flows.sql_server import messages
from flows.sql_server.frames import ASK, DESCRIBE, END, ERROR, READY, ROWS, SCHEMA, read_frame, write_frame
from storage.errors import LooseleafError
from storage.queries import connect, rows_of, schema_of
from storage.sandbox import Limits, memory_ceiling

#: Seconds over a query's own after which a worker ends itself.
_GRACE = 5.0


@dataclass(frozen=True)
class Answering:
    """What a worker may take for one query: see `storage.sandbox.Limits`; `answer` is bytes of rows."""

    memory: int
    spill: int
    seconds: float
    answer: int

    def told(self) -> str:
        """Return what a worker's command line says."""
        return json.dumps(asdict(self))


def main(dataset: str, build_id: str, told: str) -> None:
    """Answer queries until standard input ends.

    Args:
        dataset: path or URL.
        build_id: the build to look at; empty while there is none.
        told: `Answering.told`.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    allowed = Answering(**json.loads(told))
    limits = Limits(memory=allowed.memory, spill=allowed.spill, seconds=allowed.seconds)
    try:
        connection = connect(dataset, build_id or None, limits)
    except LooseleafError as error:
        write_frame(answers, ERROR, str(error).encode())
        return
    write_frame(answers, READY)
    with connection, memory_ceiling(limits):
        while True:
            try:
                kind, data = read_frame(sys.stdin.buffer)
            except EOFError:
                return
            signal.setitimer(signal.ITIMER_REAL, allowed.seconds + _GRACE)
            try:
                _answer(connection, kind, data, limits, allowed.answer, answers)
            except LooseleafError as error:
                write_frame(answers, ERROR, str(error).encode())
            except MemoryError:
                write_frame(answers, ERROR, b"The query takes more memory than it may: ask for less at once.")
            signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(  # noqa: PLR0917 - one call
    connection: Any, kind: bytes, data: bytes, limits: Limits, most: int, answers: IO[bytes]
) -> None:
    asked = messages.question(data)
    if kind == DESCRIBE:
        write_frame(answers, SCHEMA, schema_of(connection, asked.query).serialize().to_pybytes())
        return
    assert kind == ASK
    sent = 0
    with rows_of(connection, asked.query, _parameters(asked.parameters), limits) as reader:
        write_frame(answers, SCHEMA, reader.schema.serialize().to_pybytes())
        for batch in reader:
            sent += batch.nbytes
            if sent > most:
                raise LooseleafError(
                    f"The answer is larger than {most >> 20} MiB: ask for fewer rows or columns at once."
                )
            write_frame(answers, ROWS, batch.serialize().to_pybytes())
    write_frame(answers, END)


def _parameters(data: bytes) -> list[Any] | None:
    """Return the values for a query's `?`, which come as one row."""
    if not data:
        return None
    table = pa.ipc.open_stream(data).read_all()
    if table.num_rows != 1:
        raise LooseleafError(f"A query takes one row of parameters, not {table.num_rows}: ask once for each.")
    return [column[0].as_py() for column in table.columns]


if __name__ == "__main__":
    main(*sys.argv[1:])
