"""What came in, what was kept, and which rule dropped the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flows.report.subject import ask
from flows.report.thumbnails import SMALL, thumbnails

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLES = 4

_DOCUMENTS = """
    select d.source as source,
        count(*) as read, count(k.doc_id) as kept, count(*) - count(k.doc_id) as rejected
    from documents d left join kept_documents k using (doc_id)
    group by grouping sets ((d.source), ()) order by source nulls first
"""

_REFERENCES = """
    with places as (
        select distinct d.source as source, e.image_url
        from elements e join documents d using (doc_id) where e.kind = 'image' and e.image_url is not null
    ), counted as (
        select source, state, image_url from places join image_references using (image_url)
        union all select null, state, image_url from image_references
    )
    select source, count(*) as referenced, count(*) filter (state = 'kept') as kept,
        count(*) filter (state = 'rejected') as rejected, count(*) filter (state = 'missing') as missing
    from counted group by source
"""

# Mining reports what its guards refused as rejections too: nothing was dropped there.
_RULES = """
    with dropped as (select * from rejections where unit <> 'negative'),
    hit as (
        select i.image_url, r.stage, r.unit, r.rule from image_references i
        join dropped r on r.unit = 'image' and r.unit_id = i.image_id where i.state = 'rejected'
        union
        select i.image_url, r.stage, r.unit, r.rule from image_references i
        join dropped r on r.unit = 'image_url' and r.unit_id = i.image_url where i.state <> 'kept'
    ), hits as (select stage, unit, rule, count(distinct image_url) as addresses from hit group by all)
    select stage, unit, rule, count(*) as rows, any_value(addresses) as addresses,
        min(value) as lowest, max(value) as highest, min(threshold) as threshold
    from dropped left join hits using (stage, unit, rule)
    group by stage, unit, rule order by unit, rows desc, rule
"""

_SAMPLE_ROWS = """
    with places as (
        select image_id, min(image_url) as image_url from elements where image_id is not null group by 1
    )
    select r.unit_id, r.value, r.threshold, r.detail, d.path,
        coalesce(p.image_url, u.image_url) as url, coalesce(p.image_id, u.image_id) as image_id
    from rejections r
    left join documents d on r.unit = 'document' and d.doc_id = r.unit_id
    left join places p on r.unit = 'image' and p.image_id = r.unit_id
    left join image_references u on r.unit = 'image_url' and u.image_url = r.unit_id
    where r.stage = $stage and r.unit = $unit and r.rule = $rule
    order by md5(r.unit_id), r.detail limit $limit
"""

_UNITS = {
    "document": "documents",
    "element": "parts of documents",
    "image": "images",
    "image_url": "image addresses",
    "file": "files",
}


@dataclass(frozen=True)
class Account:
    """The two equations, of everything or of one source."""

    source: str | None  # None: all sources together
    read: int
    kept: int
    rejected: int
    referenced: int
    images_kept: int
    images_rejected: int
    images_missing: int


@dataclass(frozen=True)
class Sample:
    """One thing that a rule dropped."""

    name: str
    detail: str
    value: float | None
    threshold: float | None
    picture: str | None  # data URI


@dataclass(frozen=True)
class Rule:
    """A rule, and what it dropped."""

    stage: str
    unit: str  # in words, plural
    name: str
    rows: int
    addresses: int | None  # image references that it cost
    lowest: float | None
    highest: float | None
    threshold: float | None
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True)
class Accounts:
    """The whole section."""

    total: Account
    sources: list[Account]
    rules: list[Rule]
    most: int  # rows of the rule that dropped most


def gather_accounts(sql: DuckDBPyConnection) -> Accounts:
    """Count what came in and what was dropped."""
    images = {row["source"]: row for row in ask(sql, _REFERENCES)}
    documents = {row["source"]: row for row in ask(sql, _DOCUMENTS)}
    accounts = [_account(source, row, images.get(source, {})) for source, row in documents.items()]
    rules = [_rule(sql, row) for row in ask(sql, _RULES)]
    total = next(account for account in accounts if account.source is None)
    sources = [account for account in accounts if account.source is not None]
    return Accounts(total, sources, rules, max((rule.rows for rule in rules), default=1))


def _account(source: str | None, documents: dict[str, Any], images: dict[str, Any]) -> Account:
    return Account(
        source,
        documents["read"],
        documents["kept"],
        documents["rejected"],
        images.get("referenced", 0),
        images.get("kept", 0),
        images.get("rejected", 0),
        images.get("missing", 0),
    )


def _rule(sql: DuckDBPyConnection, row: dict[str, Any]) -> Rule:
    key = {name: row[name] for name in ("stage", "unit", "rule")}
    found = ask(sql, _SAMPLE_ROWS, {**key, "limit": _SAMPLES})
    pictures = thumbnails(sql, [sample["image_id"] for sample in found if sample["image_id"]], SMALL)
    samples = [
        Sample(
            _name(sample),
            sample["detail"] or "",
            sample["value"],
            sample["threshold"],
            pictures.get(sample["image_id"]),
        )
        for sample in found
    ]
    return Rule(
        stage=row["stage"],
        unit=_UNITS.get(row["unit"], row["unit"]),
        name=row["rule"],
        rows=row["rows"],
        addresses=row["addresses"],
        lowest=row["lowest"],
        highest=row["highest"],
        threshold=row["threshold"],
        samples=samples,
    )


def _name(sample: dict[str, Any]) -> str:
    """Return the shortest name that a person recognises."""
    if sample["path"]:
        return str(sample["path"])
    return short_address(sample["url"] or sample["unit_id"])


def short_address(url: str, parts: int = 3) -> str:
    """Return the end of an address: its last parts, which tell one file from another."""
    if url.startswith("data:"):
        return url[:40]
    pieces = [piece for piece in url.split("/") if piece]
    return "/".join(pieces[-parts:])
