"""Hands a list of URLs to img2dataset and takes the bytes back."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Callable, Sequence
from functools import partial

import pyarrow as pa
from fsspec.implementations.memory import MemoryFileSystem

from pipeline.images.opener import PoliteOpener, installed
from pipeline.images.opt_out import DIRECTIVES
from pipeline.network.agent import product_token

#: img2dataset names the column of bytes by the format that it would encode to, were it to encode.
_BYTES = "png"


def download(  # noqa: PLR0917
    urls: Sequence[str],
    opener: PoliteOpener,
    agent: str,
    threads: int,
    timeout: float,
    keep: Callable[[str, bytes], None],
) -> None:
    """Call `keep` with each URL that gave bytes, and those; `opener.answers` says what came of all."""
    # img2dataset's resizer imports a library that asks the network for its newest version.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    from img2dataset.downloader import Downloader  # noqa: PLC0415 (takes seconds, and only remote images need it)
    from img2dataset.resizer import Resizer  # noqa: PLC0415

    files = MemoryFileSystem()
    folder = f"memory://looseleaf-fetch-{uuid.uuid4().hex}"
    shard = f"{folder}/urls.arrow"
    table = pa.table({"url": list(urls)})
    with files.open(shard, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    try:
        downloader = Downloader(
            sample_writer_class=partial(_Keep, keep),
            resizer=Resizer(
                image_size=256,
                resize_mode="no",
                resize_only_if_bigger=False,
                encode_format=_BYTES,
                encode_quality=6,
                # Without this it decodes and encodes again, also with resize_mode "no".
                disable_all_reencoding=True,
            ),
            thread_count=threads,
            save_caption=False,
            extract_exif=False,
            output_folder=folder,
            column_list=["url"],
            timeout=math.ceil(timeout),
            number_sample_per_shard=max(len(urls), 1),
            oom_shard_count=1,
            compute_hash=None,
            verify_hash_type=None,
            encode_format=_BYTES,
            retries=0,
            user_agent_token=product_token(agent),
            disallowed_header_directives=list(DIRECTIVES),
        )
        with installed(opener):
            downloader.download_shard((0, shard))
    finally:
        files.rm(folder, recursive=True)


class _Keep:
    """What img2dataset writes samples with: hands on the bytes of those that have some."""

    def __init__(self, keep: Callable[[str, bytes], None], *_: object) -> None:
        self._keep = keep

    def write(self, data: bytes | None, _key: str, _caption: str | None, meta: dict[str, object]) -> None:
        if data:
            self._keep(str(meta["url"]), data)

    def close(self) -> None:
        """Nothing is open."""
