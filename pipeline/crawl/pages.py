"""Writes pages as WARC records, each on the disk before the frontier is told."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.crawl.frontier.database import Database
from pipeline.crawl.frontier.entries import Record
from pipeline.crawl.frontier.warcs import WarcState, all_warcs, forget_records, last_warc, new_warc

#: A new file begins after this many bytes, so that readers can share the work.
_FILE_BYTES = 64_000_000


class PageWriter:
    """Appends response records to a worker's WARC files, each record compressed by itself and synced.

    What an earlier process of this name left beyond its last settled record (a torn record, or a whole one
    that the frontier was never told of) is cut off, and the file goes on from there.
    """

    def __init__(self, folder: Path, worker: str, agent: str, database: Database) -> None:
        self._folder = folder
        self._worker = worker
        self._agent = agent
        self._database = database
        self._name = ""
        self._records = 0
        self._file: BinaryIO | None = None
        state = last_warc(database, worker)
        if state is not None and state.committed < _FILE_BYTES:
            self._go_on(state)

    def write(
        self,
        url: str,
        status: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        asked: datetime,
        media_type: str,
    ) -> Record:
        """Write one page, as it was received, with the time at which it was asked for; it is then on disk."""
        if self._file is None or self._file.tell() > _FILE_BYTES:
            self._open_next()
        assert self._file is not None
        writer = WARCWriter(self._file, gzip=True)
        if self._file.tell() == 0:
            writer.write_record(
                writer.create_warcinfo_record(self._name, {"software": self._agent, "robots": "obey"})
            )
        at = self._file.tell()
        record = writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(status, list(headers), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": asked.strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
        )
        writer.write_record(record)
        self._file.flush()
        os.fsync(self._file.fileno())
        written = Record(
            warc=self._name,
            at=at,
            length=self._file.tell() - at,
            number=self._records,
            media_type=media_type,
            digest=hashlib.sha256(body).hexdigest(),
        )
        self._records += 1
        return written

    def take_back(self, record: Record) -> None:
        """Cut off the record that was written last: it may not be settled."""
        assert self._file is not None
        assert record.warc == self._name
        self._file.truncate(record.at)
        self._file.seek(record.at)
        self._records = record.number

    def close(self) -> None:
        """Close the file that is open."""
        if self._file is not None:
            self._file.close()

    def _go_on(self, state: WarcState) -> None:
        cut_to_settled(self._folder, state, self._database)
        state = last_warc(self._database, self._worker) or state
        self._name = state.name
        self._records = state.records
        path = self._folder / state.name
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.seek(0, os.SEEK_END)

    def _open_next(self) -> None:
        self.close()
        self._name = new_warc(self._database, self._worker)
        self._records = 0
        self._file = (self._folder / self._name).open("wb")
        _sync_folder(self._folder)


def cut_to_settled(folder: Path, state: WarcState, database: Database) -> None:
    """Make a WARC file end with its last settled record.

    If the file is shorter than that (a disk that lost it), its lost pages are asked again.
    """
    path = folder / state.name
    size = path.stat().st_size if path.exists() else 0
    if size < state.committed:
        forget_records(database, state.name, size)
        state = next((one for one in all_warcs(database) if one.name == state.name), state)
    if size > state.committed:
        os.truncate(path, state.committed)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
