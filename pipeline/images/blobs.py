"""The staging table `blobs`: bytes of images that came from servers or stood inside documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from storage.filesystem import arrow_filesystem, join, list_sizes
from storage.parts import read_batches
from storage.staging import staging_files

_COLUMNS: dict[str, pa.DataType] = {"image_id": pa.string(), "bytes": pa.large_binary()}
BLOBS = pa.schema(_COLUMNS)
_PLACES: dict[str, pa.DataType] = {"image_id": pa.string(), "file": pa.string()}
PLACES = pa.schema(_PLACES)
_ROWS_AT_A_TIME = 1024
_BYTES_ROWS = 16


def blob_places(dataset: str) -> Iterator[pa.RecordBatch]:
    """Give the id of each image that is in `blobs` and the name of its file; a file that is lost has none."""
    ids = pa.schema([PLACES.field("image_id")])
    there = list_sizes(join(dataset, "staging", "blobs"))
    for url in staging_files(dataset, "blobs"):
        name = url.rsplit("/", 1)[-1]
        if name not in there:
            continue
        for batch in read_batches([url], ids, None, _ROWS_AT_A_TIME):
            names = pa.array([name] * batch.num_rows, pa.string())
            yield pa.record_batch([batch["image_id"], names], schema=PLACES)


def read_blobs(dataset: str, file_name: str, image_ids: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Give id and bytes of the named images that are in a file of `blobs`, each once."""
    wanted = set(image_ids)
    filesystem, path = arrow_filesystem(join(dataset, "staging", "blobs", file_name))
    with filesystem.open_input_file(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(_BYTES_ROWS, columns=BLOBS.names):
            for name, data in zip(batch["image_id"], batch["bytes"], strict=True):
                image_id = name.as_py()
                if image_id in wanted:
                    wanted.discard(image_id)
                    yield image_id, data.as_py()
