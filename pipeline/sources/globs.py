"""Glob patterns over relative paths, with `**` for any number of folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache


def matches(path: str, include: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Tell whether a relative path (with slashes) is included and not excluded.

    `**/` stands for any folders or none, `*` and `?` stay within a name. As in a shell, wildcards do not
    match names that begin with a dot; a pattern that spells the dot does.
    """
    if not any(_compiled(pattern).fullmatch(path) for pattern in include):
        return False
    return not any(_compiled(pattern, hidden=True).fullmatch(path) for pattern in exclude)


@lru_cache(maxsize=1024)
def _compiled(pattern: str, hidden: bool = False) -> re.Pattern[str]:
    dot = "" if hidden else r"(?!\.)"
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        first = at == 0 or pattern[at - 1] == "/"
        if pattern.startswith("**/", at) and first:
            parts.append(f"(?:{dot}[^/]+/)*")
            at += 3
        elif pattern.startswith("**", at):
            parts.append(f"(?:{dot}[^/]+(?:/|$))*" if first else ".*")
            at += 2
        elif pattern[at] == "*":
            parts.append(f"{dot if first else ''}[^/]*")
            at += 1
        elif pattern[at] == "?":
            parts.append(f"{dot if first else ''}[^/]")
            at += 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inner = pattern[at + 1 : end].replace("\\", "\\\\")
            parts.append(f"[{'^' + inner[1:] if inner.startswith('!') else inner}]")
            at = end + 1
        else:
            parts.append(re.escape(pattern[at]))
            at += 1
    return re.compile("".join(parts), re.DOTALL)
