"""Some documents of shards as shards of their own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storage.filesystem import join, write_bytes_atomic
from storage.shards.index import INDEX_NAME, ShardIndex
from storage.shards.reader import ShardReader


def write_subset(reader: ShardReader, url: str, kept: NDArray[np.bool_]) -> ShardIndex:
    """Write the documents where `kept`, bool [documents], is true; blocks lose the others.

    Args:
        reader: of all documents.
        url: a folder, local or remote.
        kept: by document number.
    """
    names: list[str] = []
    start = 0
    for number, rows in enumerate(reader.record_batches):
        some = rows.filter(pa.array(kept[start : start + rows.num_rows]))
        start += rows.num_rows
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, rows.schema) as writer:
            writer.write_batch(some)
        names.append(f"shard-{number:05d}.arrow")
        write_bytes_atomic(join(url, names[-1]), sink.getvalue().to_pybytes())
    offsets = reader.block_offsets
    sizes = np.diff(np.concatenate([[0], np.cumsum(kept)])[offsets])
    splits = reader.splits[offsets[:-1]][sizes > 0]
    index = ShardIndex(
        reader.index.spec,
        {split: int((kept & (reader.splits == split)).sum()) for split in reader.index.documents},
        {split: int((splits == split).sum()) for split in reader.index.blocks},
        (0, *np.cumsum(sizes[sizes > 0]).tolist()),
        tuple(names),
        reader.index.version,
    )
    write_bytes_atomic(join(url, INDEX_NAME), index.to_json())
    return index
