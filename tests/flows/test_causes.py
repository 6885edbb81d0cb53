"""Which errors may pass, and which would come again."""

from __future__ import annotations

import errno

import pytest

from flows.causes import passing_trouble
from storage.errors import LooseleafError


def made(package: str, name: str, base: type[Exception] = Exception) -> type[Exception]:
    """Return an error class as another package has it."""
    return type(name, (base,), {"__module__": f"{package}.exceptions"})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (made("ray", "OutOfMemoryError")("Task was killed\nmore"), "ran out of memory (Task was killed)"),
        (made("ray", "ActorDiedError", made("ray", "RayActorError"))("gone"), "a worker died (gone)"),
        (made("ray", "NodeDiedError")("gone"), "a node was lost"),
        (made("botocore", "ClientError")("An error occurred (SlowDown)"), "the storage did not answer"),
        (made("aiohttp", "ClientError")("Server disconnected"), "the storage did not answer"),
        (made("deltalake", "DeltaError")("Generic S3 error: 503"), "the storage did not answer"),
        (OSError(errno.EIO, "Input/output error"), "the storage did not answer"),
        (ConnectionResetError("reset by peer"), "the storage did not answer"),
        (TimeoutError(), "the storage did not answer as it should (TimeoutError)"),
    ],
)
def test_what_may_pass(error: Exception, words: str) -> None:
    said = passing_trouble(error)
    assert said is not None
    assert words in said


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        KeyError("stage"),
        FileNotFoundError(errno.ENOENT, "no such file"),
        PermissionError("not yours"),
        OSError(errno.ENOSPC, "no space left"),
        LooseleafError("The recipe is wrong: mend it."),
        made("botocore", "ClientError")("An error occurred (NoSuchBucket)"),
        made("ray", "RayTaskError")("a bug"),
    ],
)
def test_what_would_come_again(error: Exception) -> None:
    assert passing_trouble(error) is None


def test_what_is_packed_into_another_error_is_found() -> None:
    packed = made("ray", "RayTaskError")("a task failed")
    packed.cause = ConnectionResetError("reset")  # type: ignore[attr-defined]
    outer = RuntimeError("stage")
    outer.__cause__ = packed
    assert passing_trouble(outer) == "the storage did not answer as it should (reset)"
    outer.__cause__.__context__ = outer  # a circle ends
    packed.cause = ValueError("a bug")  # type: ignore[attr-defined]
    assert passing_trouble(outer) is None
