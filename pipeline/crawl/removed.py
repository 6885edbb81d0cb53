"""What was removed from the dataset: never asked for, never kept, named by nothing that a crawl writes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.crawl.frontier.entries import Found, Refusal, Settlement, pack_links
from pipeline.crawl.frontier.schema import ROBOTS
from pipeline.removal.tombstones import Tombstones
from pipeline.sources.files import doc_id_of


@dataclass(frozen=True)
class RemovedPages:
    """The tombstones as a crawl of one source sees them."""

    source: str = ""
    tombstones: Tombstones = field(default_factory=Tombstones)

    def has(self, url: str) -> bool:
        """Say whether a canonical URL was removed."""
        return bool(self.tombstones.marks) and (
            self.tombstones.has_address(url) or self.tombstones.has_id(doc_id_of(self.source, url))
        )

    def has_content(self, body: bytes) -> bool:
        """Say whether a body was removed, wherever it stood."""
        return bool(self.tombstones.marks) and self.tombstones.has_id(hashlib.sha256(body).hexdigest())


def refusal_of(url: str) -> Refusal:
    """Return a refusal that does not name the URL."""
    unnamed = f"removed:{hashlib.sha256(url.encode()).hexdigest()[:32]}"
    detail = "A page that was removed from the dataset was met again, and not asked for."
    return Refusal(unnamed, "removed", detail)


def split(found: Sequence[Found], removed: RemovedPages) -> tuple[list[Found], list[Refusal]]:
    """Return those URLs that were not removed, and a refusal for each that was."""
    kept = [one for one in found if not removed.has(one.url)]
    return kept, [refusal_of(one.url) for one in found if removed.has(one.url)]


def without_removed(settlement: Settlement, kind: str, removed: RemovedPages) -> Settlement:
    """Return the settlement of a claim of this kind, leading to nothing that was removed."""
    if not removed.tombstones.marks:
        return settlement
    found, refused = split(settlement.found, removed)
    named = [one for one in settlement.refused if not removed.has(one.url)]
    refused += [refusal_of(one.url) for one in settlement.refused if removed.has(one.url)]
    # A robots.txt is kept as it was; of the others, where they lead.
    same = kind == ROBOTS or len(found) == len(settlement.found)
    payload = settlement.payload if same else pack_links(found)
    return replace(settlement, found=found, refused=[*named, *refused], payload=payload)
