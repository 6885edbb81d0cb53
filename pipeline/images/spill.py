"""The bytes of a chunk's images, on disk until they are written: a chunk may hold many, memory not."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from dataclasses import dataclass, field
from typing import IO

import pyarrow as pa

from pipeline.images.blobs import BLOBS


def _new_file() -> IO[bytes]:
    # What comes in is larger than a buffer would be.
    return tempfile.TemporaryFile(prefix="looseleaf-fetch-", buffering=0)


@dataclass
class Spill:
    """Images by id, each once, in a file without a name that ends with this object."""

    sizes: dict[str, int] = field(default_factory=dict)
    _file: IO[bytes] = field(default_factory=_new_file)

    def add(self, image_id: str, data: bytes) -> None:
        """Keep the bytes of an image."""
        if image_id not in self.sizes:
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
            self.sizes[image_id] = len(data)

    def table(self) -> pa.Table:
        """Return rows of the staging table `blobs`, whose bytes are a view of the file."""
        ends = array("q", [0])
        for size in self.sizes.values():
            ends.append(ends[-1] + size)
        if not ends[-1]:
            return BLOBS.empty_table()
        view = mmap.mmap(self._file.fileno(), ends[-1], access=mmap.ACCESS_READ)
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(view)]
        data = pa.Array.from_buffers(pa.large_binary(), len(self.sizes), buffers)
        return pa.table([pa.array(list(self.sizes), pa.string()), data], schema=BLOBS)
