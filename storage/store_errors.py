"""What an object store says when all tries have failed, in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import DeltaError

from storage.errors import LooseleafError
from storage.filesystem import is_local

_LONGEST = 300


@contextmanager
def in_one_sentence(url: str) -> Iterator[None]:
    """Turn errors of the object store that holds `url` into one sentence; those of a local disk are left.

    Raises:
        LooseleafError: if the store failed for good, or cannot be reached.
    """
    try:
        yield
    except store_errors() as error:
        if is_local(url):
            raise
        raise LooseleafError(
            f"The object store of {url} failed again and again ({_reason(error)}): "
            "see that it can be reached and run this again; what is done is kept."
        ) from error


def store_errors() -> tuple[type[Exception], ...]:
    """Return what reading and writing an object store may raise; its client is not imported for that."""
    found: list[type[Exception]] = [OSError, DeltaError]
    if "botocore.exceptions" in sys.modules:
        client = sys.modules["botocore.exceptions"]
        found += [client.BotoCoreError, client.ClientError]
    return tuple(found)


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
