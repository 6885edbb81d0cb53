"""What was dropped: rules with their counts, and each unit with the measured value and the threshold."""

from __future__ import annotations

from typing import Any

from flows.explorer.paging import from_cursor, to_cursor
from flows.explorer.sight import Sight


def rules(sight: Sight) -> list[dict[str, Any]]:
    """Return each rule with how much it dropped, its threshold, and what was measured."""
    return sight.ask(
        "select stage, unit, rule, count(*) as count, count(distinct source) as sources, "
        "min(threshold) as threshold, min(value) as least, median(value) as middle, max(value) as most "
        "from catalogue.rejections group by stage, unit, rule order by unit, count desc, rule"
    )


def list_rejections(
    sight: Sight, unit: str | None, rule: str | None, source: str | None, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of what was dropped, by rule and by falling value."""
    values: dict[str, Any] = {"unit": unit, "rule": rule, "source": source}
    values["after"] = from_cursor(cursor, (int,))[0] if cursor is not None else 0
    rows = sight.ask(
        "select number, stage, unit, unit_id, rule, value, threshold, detail, source, doc_id, position, "
        "image_id, name from catalogue.rejections where number > $after and ($unit is null or unit = $unit) "
        "and ($rule is null or rule = $rule) and ($source is null or source = $source) "
        "order by number limit $limit",
        values | {"limit": limit + 1},
    )
    following = to_cursor(rows[limit - 1]["number"]) if len(rows) > limit else None
    return {"rows": rows[:limit], "next": following}
