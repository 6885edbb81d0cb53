"""Training shards: packed documents in memory-mapped Arrow files, read as ragged batches without copying."""

from storage.shards.document import ShardDocument
from storage.shards.index import ShardIndex, ShardSpec, read_index
from storage.shards.ragged import PackedBytes, RaggedBatch
from storage.shards.reader import ShardReader, open_shards
from storage.shards.tokens import TOKEN_SCALES, PackedTokens, token_modality
from storage.shards.writer import write_shards

__all__ = [
    "TOKEN_SCALES",
    "PackedBytes",
    "PackedTokens",
    "RaggedBatch",
    "ShardDocument",
    "ShardIndex",
    "ShardReader",
    "ShardSpec",
    "open_shards",
    "read_index",
    "token_modality",
    "write_shards",
]
