"""Reads what another command wrote as JSON."""

from __future__ import annotations

import json
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import read_bytes


def read_results(url: str, name: str, command: str) -> dict[str, Any]:
    """Return the content of `url`.

    Args:
        url: of the file.
        name: what such a file is called, such as `bench.json`.
        command: that writes it.

    Raises:
        LooseleafError: if there is none, or it is no JSON.
    """
    try:
        content: dict[str, Any] = json.loads(read_bytes(url))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise LooseleafError(f"{url} cannot be read: give the {name} that `{command}` wrote.") from error
    return content
