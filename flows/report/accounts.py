"""What came in, what was kept, and which rule dropped the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flows.report.subject import ask
from flows.report.thumbnails import SMALL, thumbnails

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLES = 4
_SNIPPET = 160

_DOCUMENTS = "select * from document_accounts order by source nulls first"
_REFERENCES = "select * from image_accounts"
_RULES = "select * from rule_accounts order by unit, rows desc, rule"

_SAMPLE_ROWS = """
    with places as (
        select image_id, min(image_url) as image_url from elements where image_id is not null group by 1
    )
    select r.unit_id, r.value, r.threshold, r.detail, d.path, e.text,
        coalesce(p.image_url, u.image_url) as url, coalesce(p.image_id, u.image_id) as image_id
    from rejections r
    left join elements e on r.unit = 'element'
        and e.doc_id = regexp_extract(r.unit_id, '^(.*)#[0-9]+$', 1)
        and e.position = try_cast(regexp_extract(r.unit_id, '#([0-9]+)$', 1) as integer)
    left join documents d on d.doc_id = case r.unit when 'document' then r.unit_id else e.doc_id end
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
            _detail(sample),
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


def _detail(sample: dict[str, Any]) -> str:
    """Return why it was dropped, after the beginning of a text that was."""
    detail = sample["detail"] or ""
    text = " ".join((sample["text"] or "").split())
    if not text:
        return detail
    return f"“{text if len(text) <= _SNIPPET else text[: _SNIPPET - 1] + '…'}” {detail}"


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
