"""Which solver's log a text is."""

from __future__ import annotations

import re
from typing import Literal

LogKind = Literal["openfoam", "calculix", "status", "message", "printed", "general"]

#: No mark may begin with any white space: over many empty lines that takes the square of their number.
_MARKS: tuple[tuple[LogKind, re.Pattern[str]], ...] = (
    ("openfoam", re.compile(r"^(?:Exec   : |.*Solving for \w+, Initial residual = )", re.MULTILINE)),
    ("status", re.compile(r"^[ \t]*SUMMARY OF (?:JOB|C[0O]NVERGENCE) INFORMATION", re.MULTILINE)),
    ("calculix", re.compile(r"^[ \t]*CalculiX Version", re.MULTILINE)),
    (
        "printed",
        re.compile(
            r"\bfor (?:set \S+|all contact elements) and time\b|THE FOLLOWING TABLE IS PRINTED|"
            r"E I G E N V A L U E {2,}O U T P U T|B U C K L I N G {2,}F A C T O R",
            re.IGNORECASE,
        ),
    ),
    (
        "message",
        re.compile(r"^[ \t]*(?:S T E P\s|INCREMENT\s+\d+ STARTS|CONVERGENCE CHECKS FOR)", re.MULTILINE),
    ),
)
_COUNTED = re.compile(
    r"^\W*(?:iter(?:ation)?|step|increment|inc|cycle|epoch|it)\b\W*\d+\b.*\d", re.IGNORECASE
)
_LOG_NAME = re.compile(r"\.(log|out|stdout|stderr|msg|sta|cvg)$|^log[._]|_log\.txt$", re.IGNORECASE)


def log_kind(name: str, text: str) -> LogKind | None:
    """Return whose log a text is, or None if it is none.

    Args:
        name: the file's.
        text: its beginning.
    """
    for kind, mark in _MARKS:
        if mark.search(text):
            return kind
    if _LOG_NAME.search(name):
        return "general"
    # A log under another name counts something: "iteration 12 ...", three times at least.
    counted = sum(bool(_COUNTED.match(line)) for line in text.splitlines())
    return "general" if counted >= 3 else None
