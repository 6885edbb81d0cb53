"""Which URLs a crawl may ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

from pipeline.crawl.urls import BadUrlError, canonical, origin_of
from pipeline.network.addresses import host_of
from pipeline.recipe import WebSource

Within = Literal["folder", "host", "site"]


@dataclass(frozen=True)
class Scope:
    """What is allowed, less what is denied.

    A rule is a URL prefix, or a pattern for the whole URL if it holds a `*`, which stands for any characters.
    """

    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()

    def covers(self, url: str) -> bool:
        """Say whether a canonical URL is within the scope."""
        return bool(self._allowed.match(url)) and not self._denied.match(url)

    @cached_property
    def _allowed(self) -> re.Pattern[str]:
        return _any_of(self.allow)

    @cached_property
    def _denied(self) -> re.Pattern[str]:
        return _any_of(self.deny)


def scope_of(source: WebSource) -> Scope:
    """Return a source's scope: its `allow` rules, or what is `within` reach of each start URL."""
    if source.allow:
        allowed = tuple(rule if "*" in rule else _with_path(rule) for rule in source.allow)
    else:
        allowed = tuple(rule for url in source.start for rule in _around(canonical(url), source.within))
    return Scope(allowed, source.deny)


def _around(url: str, within: Within) -> tuple[str, ...]:
    if within == "folder":
        path = urlsplit(url).path
        return (origin_of(url) + path[: path.rindex("/") + 1],)
    if within == "host":
        return tuple(f"{scheme}://{host_of(url)}/" for scheme in ("http", "https"))
    site = registered_domain(urlsplit(url).hostname or "")
    hosts = (site, f"*.{site}")
    return tuple(f"{scheme}://{host}/*" for scheme in ("http", "https") for host in hosts)


def registered_domain(host: str) -> str:
    """Return the name that a site's owner registered: `example.co.uk` of `docs.example.co.uk`."""
    import tldextract  # noqa: PLC0415 (reads its list when it is imported)

    # The list within the package: no download.
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return extract(host).top_domain_under_public_suffix or host


def _with_path(prefix: str) -> str:
    # "http://site.org" alone would also begin "http://site.org.elsewhere.net/".
    try:
        found = canonical(prefix)
    except BadUrlError:
        return prefix
    return found


def _any_of(rules: tuple[str, ...]) -> re.Pattern[str]:
    # Without rules: what never matches.
    return re.compile("|".join(_expression(rule) for rule in rules) or r"(?!)", re.DOTALL)


def _expression(rule: str) -> str:
    if "*" not in rule:
        return re.escape(rule)
    # A "*" before the path stays before it: it must not reach into another host's path.
    head, slashes, rest = rule.partition("://")
    host, slash, path = rest.partition("/")
    if not slashes or "*" not in host:
        return _glob(rule, ".*") + r"\Z"
    return (
        re.escape(head + slashes) + _glob(host, "[^/?]*") + "/" + _glob(path if slash else "*", ".*") + r"\Z"
    )


def _glob(text: str, star: str) -> str:
    return star.join(re.escape(part) for part in text.split("*"))
