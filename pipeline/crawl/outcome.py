"""What an answer means for the frontier: a record, links, a later try, or a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from lxml.etree import LxmlError

from pipeline.crawl.download import Answer, Failure
from pipeline.crawl.frontier.entries import (
    Claim,
    Found,
    Record,
    Refusal,
    Settlement,
    pack_links,
    pack_text,
    unpack_text,
)
from pipeline.crawl.frontier.schema import SITEMAP
from pipeline.crawl.kinds import KINDS, media_type_of_answer
from pipeline.crawl.links import LinkFinder
from pipeline.crawl.pacing import BUSY, MAY_PASS, backoff, retry_after
from pipeline.crawl.removed import RemovedPages, refusal_of
from pipeline.crawl.scope import Scope
from pipeline.crawl.sitemap import UnreadableSitemapError, parse_sitemap
from pipeline.crawl.urls import BadUrlError, canonical
from pipeline.extract.media import HTML
from pipeline.network.robots import MAX_BYTES as ROBOTS_BYTES
from pipeline.network.robots import rules_from

#: A busy server is asked so many times more than one that fails.
_MORE_WHEN_BUSY = 5
_GONE = (404, 410)
#: A robots.txt holds for a day (RFC 9309, section 2.4), one that could not be read for ten minutes.
ROBOTS_SECONDS = 86_400.0
NO_ROBOTS_SECONDS = 600.0
#: An index may name sitemaps that are indexes again so many times.
_MAX_NESTING = 2
_MAX_OF_INDEX = 1000
#: Headers about the transfer, which no longer hold for the body as it is kept.
_OF_TRANSFER = {"content-encoding", "transfer-encoding", "content-length"}

#: What parsers written by others raise on pages that they did not foresee.
_PARSER_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, LxmlError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip

Write = Callable[[Answer, str, list[tuple[str, str]]], Record]


@dataclass(frozen=True)
class Reading:
    """How a crawl reads its answers."""

    scope: Scope
    kinds: tuple[str, ...]
    finder: LinkFinder
    retries: int
    max_depth: int
    sitemaps: bool
    drop_tracking: bool
    removed: RemovedPages = field(default_factory=RemovedPages)

    def wants(self, url: str, content_type: str | None) -> bool:
        """Say whether a body of that Content-Type is worth reading: it is kept, or it has links."""
        kind = media_type_of_answer(url, content_type)
        return kind == HTML or kind in self.kept

    @property
    def kept(self) -> frozenset[str]:
        """The media types that are kept."""
        return frozenset(KINDS[kind] for kind in self.kinds)


def failed(claim: Claim, failure: Failure, reading: Reading, now: float) -> Settlement:
    """Return what becomes of a URL without an answer."""
    if failure.may_pass and claim.attempts < reading.retries:
        return Settlement(retry_at=now + backoff(claim.attempts))
    refusal = Refusal(claim.url, failure.rule, failure.detail, failure.value, failure.threshold)
    return _given_up(claim, refusal, None, failure.may_pass, failure.transferred)


def page_outcome(claim: Claim, answer: Answer, reading: Reading, write: Write, now: float) -> Settlement:
    """Return what becomes of a page; `write` is called if a new record is due."""
    status = answer.status
    if status == 304 and claim.has_record:
        return Settlement(
            status, unchanged=True, etag=answer.header("ETag"), modified=answer.header("Last-Modified")
        )
    if 300 <= status < 400 and status != 304:
        return _redirect(claim, answer, reading)
    if status != 200:
        return _bad_status(claim, answer, reading, now)
    content_type = answer.header("Content-Type")
    media_type = media_type_of_answer(answer.url, content_type)
    if answer.stopped or media_type is None:
        detail = f"the server calls it {content_type or 'nothing'}"
        return Settlement(status, refusal=Refusal(claim.url, "unwanted_kind", detail))
    found: list[Found] = []
    refused: list[Refusal] = []
    refusal: Refusal | None = None
    if media_type == HTML and claim.depth < reading.max_depth:
        try:
            found, refused = reading.finder.links(answer.url, answer.body, content_type, claim.depth)
        except _PARSER_FAULTS as error:
            detail = f"its links cannot be read ({type(error).__name__}: {error})"[:300]
            refusal = Refusal(claim.url, "links_unreadable", detail)
    settlement = Settlement(
        status,
        refusal=refusal,
        found=found,
        refused=refused,
        payload=pack_links(found),
        etag=answer.header("ETag"),
        modified=answer.header("Last-Modified"),
        transferred=answer.transferred,
    )
    if media_type not in reading.kept:
        return settlement
    if reading.removed.has_content(answer.body):
        return replace(settlement, refused=[*refused, refusal_of(claim.url)])
    if claim.has_record and hashlib.sha256(answer.body).hexdigest() == claim.digest:
        return replace(settlement, unchanged=True)
    headers = [pair for pair in answer.headers if pair[0].lower() not in _OF_TRANSFER]
    headers.append(("Content-Length", str(len(answer.body))))
    return replace(settlement, record=write(answer, media_type, headers))


def robots_outcome(claim: Claim, answer: Answer | Failure, reading: Reading, now: float) -> Settlement:
    """Return what becomes of a robots.txt; it leads to sitemaps, also to the one that many sites have."""
    if isinstance(answer, Failure):
        if answer.may_pass and claim.attempts < reading.retries:
            return Settlement(retry_at=now + backoff(claim.attempts))
        refused = answer.rule == "private_address"
        return Settlement(
            refusal=Refusal(claim.url, answer.rule, answer.detail) if refused else None,
            expires=now + NO_ROBOTS_SECONDS,
        )
    if answer.status in MAY_PASS and claim.attempts < reading.retries:
        wait = retry_after(answer.header("Retry-After"))
        return Settlement(retry_at=now + max(backoff(claim.attempts), wait or 0.0))
    unchanged = answer.status == 304 and claim.payload is not None
    if unchanged:
        text = unpack_text(claim.payload)
    else:
        text = answer.body[:ROBOTS_BYTES].decode("utf-8", errors="replace") if answer.status == 200 else ""
    rules = rules_from(200 if unchanged else answer.status, text.encode())
    found = _sitemaps_of(claim, rules.sitemaps, reading) if rules.readable and reading.sitemaps else []
    return Settlement(
        answer.status,
        unchanged=unchanged,
        found=found,
        payload=pack_text(text),
        etag=answer.header("ETag"),
        modified=answer.header("Last-Modified"),
        expires=now + (ROBOTS_SECONDS if rules.readable else NO_ROBOTS_SECONDS),
        transferred=answer.transferred,
    )


def sitemap_outcome(claim: Claim, answer: Answer, reading: Reading, now: float) -> Settlement:
    """Return what becomes of a sitemap: the pages of the scope that it names."""
    if answer.status == 304 and claim.payload is not None:
        return Settlement(304, unchanged=True)
    if 300 <= answer.status < 400:
        return _redirect(claim, answer, reading)
    if answer.status in _GONE:
        # Most sites have none at the place where it would be.
        return Settlement(answer.status)
    if answer.status != 200:
        return _bad_status(claim, answer, reading, now)
    try:
        content = parse_sitemap(answer.body)
    except UnreadableSitemapError as error:
        refusal = Refusal(claim.url, "unreadable_sitemap", f"the sitemap cannot be read: {error}"[:300])
        return Settlement(200, refusal=refusal, transferred=answer.transferred)
    found: dict[str, Found] = {}
    entries = content.entries[:_MAX_OF_INDEX] if content.is_index else content.entries
    for entry in entries:
        try:
            url = canonical(urljoin(claim.url, entry.url), drop_tracking=reading.drop_tracking)
        except BadUrlError:
            continue
        if content.is_index:
            if claim.hops < _MAX_NESTING and _same_site(url, claim.url):
                found[url] = Found(url, 0, SITEMAP, claim.hops + 1)
        elif reading.max_depth > 0 and reading.scope.covers(url):
            found.setdefault(url, Found(url, 1, lastmod=entry.lastmod))
    return Settlement(
        200,
        found=list(found.values()),
        payload=pack_links(found.values()),
        etag=answer.header("ETag"),
        modified=answer.header("Last-Modified"),
        transferred=answer.transferred,
    )


def _sitemaps_of(claim: Claim, named: tuple[str, ...], reading: Reading) -> list[Found]:
    found = {}
    for name in (*named[:_MAX_OF_INDEX], "/sitemap.xml"):
        try:
            url = canonical(urljoin(claim.url, name))
        except BadUrlError:
            continue
        if _same_site(url, claim.url) or reading.scope.covers(url):
            found[url] = Found(url, 0, SITEMAP)
    return list(found.values())


def _same_site(url: str, other: str) -> bool:
    return url.partition("://")[2].partition("/")[0] == other.partition("://")[2].partition("/")[0]


def _redirect(claim: Claim, answer: Answer, reading: Reading) -> Settlement:
    location = answer.header("Location")
    try:
        if not location:
            raise BadUrlError("bad_redirect", "the server redirects to nothing")
        target = canonical(urljoin(claim.url, location), drop_tracking=reading.drop_tracking)
    except (BadUrlError, ValueError) as error:
        rule = error.rule if isinstance(error, BadUrlError) and error.rule != "bad_url" else "bad_redirect"
        return Settlement(
            answer.status, refusal=Refusal(claim.url, rule, f"it redirects wrongly: {error}"[:300])
        )
    allowed = _same_site(target, claim.url) if claim.kind == SITEMAP else reading.scope.covers(target)
    if not allowed:
        detail = "the site redirects to a URL outside the recipe's scope"
        return Settlement(answer.status, refused=[Refusal(target, "redirect_out_of_scope", detail)])
    found = [Found(target, claim.depth, claim.kind, claim.hops + 1)]
    return Settlement(answer.status, found=found, payload=pack_links(found))


def _bad_status(claim: Claim, answer: Answer, reading: Reading, now: float) -> Settlement:
    status = answer.status
    may_pass = status in MAY_PASS
    tries = reading.retries + (_MORE_WHEN_BUSY if status in BUSY and reading.retries else 0)
    if may_pass and claim.attempts < tries:
        wait = retry_after(answer.header("Retry-After")) or 0.0
        return Settlement(retry_at=now + max(backoff(claim.attempts), wait))
    refusal = Refusal(claim.url, f"http_{status}", f"the server answers {status}", float(status))
    return _given_up(claim, refusal, status, may_pass, answer.transferred)


def _given_up(
    claim: Claim, refusal: Refusal, status: int | None, may_pass: bool, transferred: int
) -> Settlement:
    """A failure that may pass is no reason to lose the page of an earlier crawl."""
    stays = may_pass and claim.has_record
    if stays:
        refusal = replace(refusal, detail=f"{refusal.detail}; the page of an earlier crawl is kept")
    return Settlement(status, refusal=refusal, unchanged=stays, transferred=transferred)
