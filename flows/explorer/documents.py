"""Lists of documents: filtered, sorted, paged, and counted by what they can be filtered by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from fastapi import HTTPException

from flows.explorer.paging import from_cursor, to_cursor
from flows.explorer.sight import Sight

Sort = Literal["path", "name", "words", "images", "elements", "groups", "bytes"]

#: What a list is sorted by. Equal values are told apart by the document's number.
_KEYS: dict[Sort, str] = {
    "path": "d.number",
    "name": "lower(d.name)",
    "words": "coalesce(d.n_words, 0)",
    "images": "d.kept_images",
    "elements": "coalesce(d.n_elements, 0)",
    "groups": "d.groups",
    "bytes": "coalesce(d.bytes, 0)",
}
_SHOWN = """
    d.number, d.doc_id, d.name, d.source, d.path, d.language, d.media_type, d.n_words, d.n_elements,
    d.n_images, d.kept_images, d.missing_images, d.groups, d.kept, d.rules, d.faces
"""
#: The most values of a facet that are listed.
_FACET = 60
#: Where the bars of a facet of counts begin.
_STEPS = {"images": (0, 1, 2, 5, 10, 20, 50), "words": (0, 50, 200, 500, 1000, 2000, 5000)}
#: The facets that are counted together, and the parts of a filter that each of them sets.
_FACETS = {
    "source": ("source",),
    "language": ("language",),
    "state": ("state",),
    "images": ("min_images", "max_images"),
    "words": ("min_words", "max_words"),
}
_EXPRESSIONS = {
    "source": "d.source",
    "language": "coalesce(d.language, 'none')",
    "state": "case when d.kept then 'kept' else 'dropped' end",
    "images": " + ".join(f"(d.kept_images >= {start})::INTEGER" for start in _STEPS["images"][1:]),
    "words": " + ".join(f"(coalesce(d.n_words, 0) >= {start})::INTEGER" for start in _STEPS["words"][1:]),
}


@dataclass(frozen=True)
class Filter:
    """What documents are narrowed to; None is no limit."""

    source: str | None = None
    language: str | None = None  # "none": that of which it is not known
    state: Literal["kept", "dropped"] | None = None
    rule: str | None = None  # unit:rule, as the catalogue names it
    cluster: int | None = None
    text: str | None = None  # a part of title, path or address; several words must all be there
    min_images: int | None = None
    max_images: int | None = None
    min_words: int | None = None
    max_words: int | None = None


def list_documents(
    sight: Sight, narrowed: Filter, sort: Sort, *, descending: bool, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of documents: `rows` and `next`, the cursor of the page after it (null at the end)."""
    where, values = _where(sight, narrowed)
    key = _KEYS[sort]
    kind: type = str if sort == "name" else int
    if cursor is not None:
        values["key"], values["number"] = from_cursor(cursor, (kind, int))
        sign = "<" if descending else ">"
        where.append(f"({key} {sign} $key or ({key} = $key and d.number > $number))")
    order = "desc" if descending else "asc"
    rows = sight.ask(
        f"select {_SHOWN}, {key} as key from catalogue.documents d {_conditions(where)} "  # noqa: S608
        f"order by key {order}, d.number limit {limit + 1}",
        values,
    )
    more = len(rows) > limit
    rows = rows[:limit]
    following = to_cursor(rows[-1]["key"], rows[-1]["number"]) if more else None
    for row in rows:
        del row["key"]
    return {"rows": rows, "next": following}


def facets(sight: Sight, narrowed: Filter) -> dict[str, Any]:
    """Return how many documents pass, and for each facet how many would if it alone were set otherwise."""
    chosen = [name for name in _FACETS if any(getattr(narrowed, own) is not None for own in _FACETS[name])]
    # What nothing is chosen of is counted over the same documents, so in one pass.
    counts = _counted(sight, narrowed, [name for name in _FACETS if name not in chosen])
    for name in chosen:
        without = replace(narrowed, **dict.fromkeys(_FACETS[name]))
        counts[name] = _counted(sight, without, [name])[name]
    return {
        "total": counts.pop("total")[""],
        **{name: _bars(name, counts[name]) if name in _STEPS else _listed(counts[name]) for name in _FACETS},
        "rule": _rules(sight, replace(narrowed, rule=None)),
        "cluster": _clusters(sight, replace(narrowed, cluster=None)),
    }


def _counted(sight: Sight, narrowed: Filter, names: list[str]) -> dict[str, dict[Any, int]]:
    """Return how many documents have each value of some facets, and as `total` how many there are."""
    where, values = _where(sight, narrowed)
    if not names:
        rows = sight.ask(
            f"select count(*) as count from catalogue.documents d {_conditions(where)}",  # noqa: S608
            values,
        )
        return {"total": {"": rows[0]["count"]}}
    columns = ", ".join(f"{_EXPRESSIONS[name]} as {name}" for name in names)
    listed = ", ".join(names)
    sets = ", ".join(f"({name})" for name in [*names, ""])
    rows = sight.ask(
        f"with said as (select {columns} from catalogue.documents d {_conditions(where)}) "  # noqa: S608
        f"select {listed}, grouping({listed}) as mask, count(*) as count from said "
        f"group by grouping sets ({sets})",
        values,
    )
    found: dict[str, dict[Any, int]] = {name: {} for name in [*names, "total"]}
    number = len(names)
    everything = 2**number - 1
    found["total"][""] = 0
    for row in rows:
        if row["mask"] == everything:
            found["total"][""] = row["count"]
        for index, name in enumerate(names):
            # A bit is set for each column that was not grouped by.
            if row["mask"] == everything ^ (1 << (number - 1 - index)):
                found[name][row[name]] = row["count"]
    return found


def _listed(counts: dict[Any, int]) -> list[dict[str, Any]]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"value": value, "count": count} for value, count in ranked[:_FACET]]


def _bars(name: str, counts: dict[Any, int]) -> list[dict[str, Any]]:
    """Return how many documents have so many of something, for ranges that grow."""
    steps = _STEPS[name]
    ends = [start - 1 for start in steps[1:]] + [None]
    return [
        {"from": start, "to": end, "count": counts.get(index, 0)}
        for index, (start, end) in enumerate(zip(steps, ends, strict=True))
    ]


def _rules(sight: Sight, narrowed: Filter) -> list[dict[str, Any]]:
    where, values = _where(sight, narrowed)
    return sight.ask(
        "with said as (select unnest(d.rules) as value from catalogue.documents d "  # noqa: S608
        f"{_conditions([*where, 'len(d.rules) > 0'])}) "
        f"select value, count(*) as count from said group by value order by count desc, value limit {_FACET}",
        values,
    )


def _clusters(sight: Sight, narrowed: Filter) -> list[dict[str, Any]]:
    if not sight.mapped:
        return []
    where, values = _where(sight, narrowed)
    return sight.ask(
        "select c.cluster as value, any_value(n.name) as label, count(*) as count "  # noqa: S608
        "from catalogue.documents d join map.document_clusters c using (doc_id) "
        "join map.clusters n on n.map = 'documents' and n.cluster = c.cluster "
        f"{_conditions(where)} group by c.cluster order by count desc, value",
        values,
    )


def _where(sight: Sight, narrowed: Filter) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    values: dict[str, Any] = {}
    asked = {
        "source": "d.source = $source",
        "rule": "list_contains(d.rules, $rule)",
        "min_images": "d.kept_images >= $min_images",
        "max_images": "d.kept_images <= $max_images",
        "min_words": "coalesce(d.n_words, 0) >= $min_words",
        "max_words": "coalesce(d.n_words, 0) <= $max_words",
    }
    for name, condition in asked.items():
        value = getattr(narrowed, name)
        if value is not None:
            where.append(condition)
            values[name] = value
    if narrowed.language == "none":
        where.append("d.language is null")
    elif narrowed.language is not None:
        where.append("d.language = $language")
        values["language"] = narrowed.language
    if narrowed.state is not None:
        where.append("d.kept" if narrowed.state == "kept" else "not d.kept")
    if narrowed.cluster is not None:
        if not sight.mapped:
            raise HTTPException(409, "The map of this dataset has not been drawn yet: wait until it is.")
        where.append("d.doc_id in (select doc_id from map.document_clusters where cluster = $cluster)")
        values["cluster"] = narrowed.cluster
    for index, word in enumerate((narrowed.text or "").lower().split()[:8]):
        where.append(f"contains(d.folded, $word{index})")
        values[f"word{index}"] = word
    return where, values


def _conditions(where: list[str]) -> str:
    return f"where {' and '.join(where)}" if where else ""
