"""When a recipe is built again by itself."""

from __future__ import annotations

import re
from functools import cache
from typing import Self
from zoneinfo import available_timezones

from pydantic import Field, model_validator

from pipeline.recipe.base import Settings

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

#: What each field of cron may be: its name, the least, the most, and names for numbers from the least on.
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")


class ScheduleSettings(Settings):
    """When a recipe is built again: at the times of `cron`, or every `interval` seconds."""

    cron: str | None = Field(
        default=None,
        max_length=200,
        description="Minute, hour, day, month and weekday, as cron has them: '0 3 * * *' is 3 o'clock.",
    )
    interval: int | None = Field(
        default=None,
        ge=10,
        le=31_536_000,
        description="Seconds from one build to the next (10 to 31536000).",
    )
    timezone: str = Field(default="UTC", description="Whose clock cron reads, such as Europe/Berlin.")

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.cron is None) == (self.interval is None):
            raise ValueError("it needs either cron or interval, and not both")
        if self.cron is not None:
            _check_cron(self.cron)
        if self.timezone not in _timezones():
            raise ValueError(f"there is no time zone {self.timezone!r}, write one such as Europe/Berlin")
        return self


def _check_cron(text: str) -> None:
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"cron {text!r} has {len(parts)} fields and needs 5: minute, hour, day, month and weekday"
        )
    for part, (name, least, most, names) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            found = _PART.fullmatch(item)
            if found is None:
                raise ValueError(f"cron {text!r} has {item!r} as {name}, which is no number, range or *")
            bounds = [_number(word, least, names) for word in found.group(2, 3) if word is not None]
            if any(bound is None or not least <= bound <= most for bound in bounds):
                raise ValueError(f"cron {text!r} has {item!r} as {name}, which goes from {least} to {most}")
            if bounds != sorted(bound for bound in bounds if bound is not None):
                raise ValueError(f"cron {text!r} has {item!r} as {name}, which ends before it begins")
            if found.group(4) is not None and int(found.group(4)) < 1:
                raise ValueError(f"cron {text!r} has {item!r} as {name}, a step of nothing")


def _number(word: str, least: int, names: tuple[str, ...]) -> int | None:
    if word.isdecimal():
        return int(word)
    return names.index(word.lower()) + least if word.lower() in names else None


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())
