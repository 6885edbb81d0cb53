"""Writes pages as WARC records, and what was not kept as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

#: A new file begins after this many bytes, so that readers can share the work.
_FILE_BYTES = 64_000_000
REJECTIONS = "rejections.jsonl"


@dataclass(frozen=True)
class NotKept:
    """A URL that gave no page: the rule that decided, what was measured, and a sentence for a person."""

    url: str
    rule: str
    value: float | None
    threshold: float | None
    detail: str


class PageWriter:
    """Appends response records to numbered WARC files, each record compressed by itself and flushed."""

    def __init__(self, folder: Path, agent: str) -> None:
        self._folder = folder
        self._agent = agent
        self._file: BinaryIO | None = None
        self._writer: WARCWriter | None = None
        self.names: list[str] = []

    def write(
        self, url: str, status: str, headers: Sequence[tuple[str, str]], body: bytes, *, asked: datetime
    ) -> None:
        """Write one page, as it was received, under its final URL and the time at which it was asked for."""
        if self._file is None or self._file.tell() > _FILE_BYTES:
            self._open_next()
        assert self._writer is not None
        assert self._file is not None
        record = self._writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(status, list(headers), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": asked.strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
        )
        self._writer.write_record(record)
        self._file.flush()

    def close(self) -> None:
        """Close the file that is open."""
        if self._file is not None:
            self._file.close()

    def _open_next(self) -> None:
        self.close()
        name = f"pages-{len(self.names):05d}.warc.gz"
        self._file = (self._folder / name).open("wb")
        self._writer = WARCWriter(self._file, gzip=True)
        self._writer.write_record(
            self._writer.create_warcinfo_record(name, {"software": self._agent, "robots": "obey"})
        )
        self.names.append(name)


class NotKeptWriter:
    """Appends what was not kept to a file of JSON lines, once for each URL and rule."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / REJECTIONS).open("w", encoding="utf-8")
        self._seen: set[tuple[str, str]] = set()

    def write(self, row: NotKept) -> None:
        """Append one row."""
        if (row.url, row.rule) not in self._seen:
            self._seen.add((row.url, row.rule))
            self._file.write(json.dumps(row.__dict__) + "\n")
            self._file.flush()

    def close(self) -> int:
        """Close the file; return the number of rows."""
        self._file.close()
        return len(self._seen)
