"""Which domains are those of mail addresses: in code, `a@b.dot` is a product of matrices."""

from __future__ import annotations

_GENERIC = frozenset(
    (
        "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "name", "pro", "aero", "coop",
        "museum", "mobi", "asia", "jobs", "tel", "travel", "cat", "dev", "app", "cloud", "tech", "online",
        "site", "science", "engineering", "software", "systems", "solutions", "consulting", "group",
        "company", "academy", "institute", "email", "research", "university", "international", "global",
        "digital", "works", "agency", "services", "technology", "energy", "gmbh", "xyz", "eu",
    )
)  # fmt: skip
#: Codes of countries that are more often an attribute or a suffix than a country: `x.to`, `x.at`, `main.py`.
_ATTRIBUTES = frozenset(
    (
        "am", "at", "bz", "cc", "id", "im", "in", "is", "md", "ml", "mm", "pl", "pm", "ps", "py", "re",
        "rs", "sh", "so", "st", "tf", "to",
    )
)  # fmt: skip


def is_mail_domain(domain: str) -> bool:
    """Say whether a domain name looks like one that mail goes to."""
    labels = domain.lower().split(".")
    last, owner = labels[-1], labels[-2]
    if last in _GENERIC:
        return True
    if len(last) != 2 or len(owner) < 2:
        return False
    # Austria, India, Iceland and the like are believed where the name before is a longer one.
    return last not in _ATTRIBUTES or len(owner) >= 4 or len(labels) > 2
