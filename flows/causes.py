"""Tells troubles that may pass, such as a lost worker or a storage that stumbles, from those that stay."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

#: Ray's errors by the name of their class, or of a class that it is made of.
_LOST = {
    "OutOfMemoryError": "a worker was ended because its machine ran out of memory",
    "WorkerCrashedError": "a worker died",
    "RayActorError": "a worker died",
    "NodeDiedError": "a node was lost",
    "LocalRayletDiedError": "the node of the job was lost",
    "ObjectLostError": "a node was lost together with what it held",
    "ObjectStoreFullError": "a node's object store was full",
    "RpcError": "Ray's head did not answer",
    "RaySystemError": "Ray failed",
    "GetTimeoutError": "Ray did not answer in time",
}

#: Errors of those who talk to an object store, by their modules and names.
_STORAGE = {
    ("aiohttp", "ClientError"),
    ("botocore", "BotoCoreError"),
    ("botocore", "ClientError"),
    ("deltalake", "DeltaError"),
    ("requests", "RequestException"),
    ("urllib3", "HTTPError"),
}

#: Of an object store that is there but does not want: a second try would be refused as well.
_REFUSED = re.compile(r"AccessDenied|NoSuchBucket|InvalidAccessKeyId|SignatureDoesNotMatch|\b40[134]\b")

#: What an operating system says of a file and means.
_MEANT = {
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
    errno.EINVAL, errno.EROFS, errno.ENOSPC,
}  # fmt: skip


def passing_trouble(error: BaseException) -> str | None:
    """Return in a few words what may have passed when the work is tried again, or None.

    The whole chain of causes is looked at, for a worker's error comes wrapped in Ray's.
    """
    for one in _chain(error):
        for kind in type(one).__mro__:
            package = kind.__module__.split(".", 1)[0]
            if package == "ray" and kind.__name__ in _LOST:
                return f"{_LOST[kind.__name__]} ({_first_line(one)})"
            if (package, kind.__name__) in _STORAGE and not _REFUSED.search(str(one)):
                return f"the storage did not answer as it should ({_first_line(one)})"
        if isinstance(one, OSError) and one.errno not in _MEANT and _is_about_storage(one):
            return f"the storage did not answer as it should ({_first_line(one)})"
    return None


def _is_about_storage(error: OSError) -> bool:
    """Say whether an error is of the network or a disk: a refusal has a class of its own."""
    meant = (FileNotFoundError, PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError)
    return not isinstance(error, meant) and not _REFUSED.search(str(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error, what it was raised from, and what Ray packed into it; each once."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [getattr(one, "cause", None), one.__cause__, one.__context__]


def _first_line(error: BaseException) -> str:
    lines = (line.strip()[:200] for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)
