"""Warnings, errors, notes and times, which all solvers mark in much the same ways."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.extract.case.logs.log import Log

#: How many distinct messages of a kind, notes and times are kept.
MOST = 20
_LONGEST = 400
_CONTINUED = 4
_STAMP = r"(?:\[?\d[\d:.,TZ/ -]*\]?\s+)?"
_MESSAGE = re.compile(
    rf"^\s*{_STAMP}(?P<lead>[*\-><!\[\s]*(?:FOAM\s+)?)"
    r"(?P<kind>(?:fatal\s+)?(?:io\s+)?error|fatal|warning|warn|note|remark|comment|todo)\b"
    r"(?P<mark>[\s:\]*!-]*)(?P<text>.*)$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*(?:#+|//+|!+|%+|\$+|\*\*+|c\s{2,})\s*(?P<text>.*)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_TIME = re.compile(
    r"(?P<name>\b(?:total|user|system|execution|clock|wall|cpu|elapsed|run|solver|real)[\w /()-]*?)\s*[:=]\s*"
    r"(?P<value>\d[\d.:]*(?:[eE][+-]?\d+)?)\s*(?P<unit>seconds|minutes|hours|secs?|mins?|ms|hrs?|s|h)?\b",
    re.IGNORECASE,
)
_NO_TIME = re.compile(
    r"actual|step|inc(?:rement)?\b|physical|simulat|flux|force|mass|energy|volume", re.IGNORECASE
)


def gather_messages(log: Log, lines: Sequence[str]) -> None:
    """Add the warnings, errors, notes and times of `lines` to a log."""
    times: dict[str, str] = {}
    for index, line in enumerate(lines):
        if len(line) > 2000:
            continue
        found = _MESSAGE.match(line)
        if found is not None and _is_message(found):
            _add_message(log, found, lines[index + 1 : index + 1 + _CONTINUED])
        elif (comment := _COMMENT.match(line)) is not None and len(_WORD.findall(comment["text"])) >= 4:
            _add_note(log, comment["text"])
        elif "ime" in line or "IME" in line or "lapsed" in line or "clock" in line.lower():
            for time in _TIME.finditer(line):
                if not _NO_TIME.search(line[max(0, time.start() - 12) : time.end()]) and re.search(
                    "time|elapsed", time["name"], re.IGNORECASE
                ):
                    name, unit = _time_name(time["name"]), time["unit"] or _unit_of(time["name"])
                    times[name] = f"{time['value']} {unit}".strip()
    log.timings += list(times.items())[:MOST]


def comments_of(lines: Sequence[str]) -> list[str]:
    """Return what people wrote beside the numbers: comments of at least four words, each once."""
    log = Log("")
    for line in lines:
        comment = _COMMENT.match(line)
        if comment is not None and len(_WORD.findall(comment["text"])) >= 4:
            _add_note(log, comment["text"])
    return log.notes


def _is_message(found: re.Match[str]) -> bool:
    """Tell a message from a value that is called "error": it is marked, and it is in words."""
    marked = bool(found["lead"].strip()) or ":" in found["mark"] or "]" in found["mark"]
    loud = found["kind"].isupper() or found["kind"].istitle()
    return (marked or loud) and (len(_WORD.findall(found["text"])) >= 2 or "FOAM" in found["lead"])


def _add_message(log: Log, found: re.Match[str], following: Sequence[str]) -> None:
    text = found["text"]
    indent = _indent(found[0]) + 3
    for line in following:
        # What goes on is indented more, and begins no message of its own.
        if not line.strip() or _indent(line) < indent or _MESSAGE.match(line):
            break
        text += " " + line.strip()
    text = " ".join(text.split())[:_LONGEST]
    kind = found["kind"].lower()
    if not text:
        return
    if kind.startswith("warn"):
        log.warnings[text] = log.warnings.get(text, 0) + 1
    elif "error" in kind or kind == "fatal":
        log.errors[text] = log.errors.get(text, 0) + 1
    else:
        _add_note(log, text)


def _indent(line: str) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def _add_note(log: Log, text: str) -> None:
    note = " ".join(text.strip(" *#/-=!$%").split())[:_LONGEST]
    if note and note not in log.notes and len(log.notes) < MOST * 5:
        log.notes.append(note)


def _time_name(name: str) -> str:
    words = re.sub(r"\(.*?\)", " ", re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name))
    return " ".join(words.split()).lower()


def _unit_of(name: str) -> str:
    inside = re.search(r"\(\s*(sec|s|min|h|ms)\w*\s*\)", name, re.IGNORECASE)
    return "s" if inside and inside[1].lower() in ("sec", "s") else inside[1].lower() if inside else ""
