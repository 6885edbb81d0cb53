"""What a folder of shards holds: written last, so that its presence says that the shards are whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import join, read_bytes

INDEX_NAME = "index.json"

#: Version 2 added `picture_words`, version 3 `language`, version 4 `text_title`, version 5 tokens; earlier
#: shards are read as if no pictures had been read, no language were known, no section had a title and there
#: were no tokens.
VERSION = 5


@dataclass(frozen=True)
class ShardSpec:
    """What the packed features are; a width of 0 means that they were not packed."""

    build_id: str
    pixel_width: int = 0
    word_width: int = 0
    text_width: int = 0
    encoders: Mapping[str, str] = field(default_factory=dict)  # modality -> encoder and its version
    settings: Mapping[str, Any] = field(default_factory=dict)  # JSON-able: how the shards were packed
    tokens: tuple[str, ...] = ()  # scales of which tokens were packed, see `storage.shards.tokens`


@dataclass(frozen=True)
class ShardIndex:
    """The content of `index.json`."""

    spec: ShardSpec
    documents: Mapping[str, int]  # split -> documents
    blocks: Mapping[str, int]  # split -> blocks
    block_offsets: tuple[int, ...]  # block i holds documents [offsets[i], offsets[i + 1])
    files: tuple[str, ...]
    version: int = VERSION

    def to_json(self) -> bytes:
        """Return the bytes of `index.json`."""
        return json.dumps(asdict(self), sort_keys=True).encode()


def read_index(url: str) -> ShardIndex:
    """Return the index of the shards in the folder `url`.

    Raises:
        LooseleafError: if there is none, or it is of a later version than this code reads.
    """
    try:
        content = json.loads(read_bytes(join(url, INDEX_NAME)))
    except FileNotFoundError as error:
        raise LooseleafError(
            f"There are no shards at {url}: pack the dataset with `looseleaf mine` first."
        ) from error
    version = content.get("version", 1)
    if version > VERSION:
        raise LooseleafError(
            f"The shards at {url} are of version {version}, and this code reads up to version {VERSION}: "
            "update Looseleaf, or mine the dataset again."
        )
    return ShardIndex(
        spec=ShardSpec(**{**content["spec"], "tokens": tuple(content["spec"].get("tokens", ()))}),
        documents=content["documents"],
        blocks=content["blocks"],
        block_offsets=tuple(content["block_offsets"]),
        files=tuple(content["files"]),
        version=version,
    )
