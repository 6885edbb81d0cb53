"""Masks personal data in a text: each piece becomes a placeholder that names its kind.

Engineering texts are full of what looks like it: versions, section and part numbers, dates, tolerances,
products of matrices. What could be one of those stays, unless a word before it says otherwise.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection

from pipeline.privacy.domains import is_mail_domain

_EMAIL = re.compile(
    r"(?<![\w.+%@/-])([A-Za-z0-9](?:[\w.+%-]{0,62}[A-Za-z0-9_])?)@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})(?![\w(\[@]|:[\w/~])"
)
#: Words after which digits are a telephone number.
_CALLED = r"(?:tele?phone|telefon|téléphone|tel|tél|phone|fax|telefax|mobile|mobil|handy|cell)"
_LABELLED_PHONE = re.compile(
    rf"(?<!\w)({_CALLED}(?:\.|\s*no\.?|\s*number)?\s*[:.]?\s*)(\+?\(?\d[\d\s()/.–-]{{5,22}}\d)(?![\w.]\d)",
    re.IGNORECASE,
)
# A country's code and groups of digits with white space, hyphens or brackets between: no decimal point.
_INTERNATIONAL = re.compile(
    r"(?<![\w.+/*^=-])(?:\+|00(?=[1-9]\d[ -]))[1-9]\d{0,2}(?:[ -]|[ -]?\(0?\d{1,5}\)[ -]?)"
    r"\d{1,5}(?:[ /-]\d{2,8}){1,4}(?![\w.,]?\d)"
)
_AMERICAN = re.compile(r"(?<![\w.(])\([2-9]\d{2}\) ?[2-9]\d{2}[-. ]\d{4}(?![\w.-]?\d)")
_IPV4 = re.compile(r"(?<![\w.-])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\w-]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])((?:[0-9A-Fa-f]{1,4}:){2,7}[0-9A-Fa-f]{1,4}|[0-9A-Fa-f:]{2,30}::[0-9A-Fa-f:]{0,30})(?![\w:])"
)
_MAC = re.compile(
    r"(?<![\w:-])(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5})(?![\w:-])"
)
_HOME = re.compile(r"((?<![\w.~%-])/(?:home|Users)/)([A-Za-z][\w.-]{1,31})(?=[/\s\"'`)>,;:]|$)")
_WINDOWS_HOME = re.compile(
    r"(\b[A-Za-z]:(?:\\\\?|/)(?:Users|Documents and Settings)(?:\\\\?|/))([\w][\w .-]{0,30}[\w])(?=\\|/)"
)
#: Names that are nobody's.
_NOBODY = frozenset(
    (
        "user", "users", "username", "name", "yourname", "your_name", "you", "me", "myself", "someone",
        "public", "default", "all", "docs", "root", "admin", "administrator", "runner", "ubuntu",
        "vagrant", "docker", "jovyan", "pi", "guest", "shared", "foo", "bar", "test", "example",
    )
)  # fmt: skip
_SAYS_HOST = re.compile(
    r"(?:\bip(?:v4)?|\bhost(?:name)?|\bserver|\baddress(?:es)?|\bgateway|\bsubnet|\bnameserver|\bping|\bssh|"
    r"\bnode|\bclient|\bpeer|\bconnect(?:ed|ing)? to|\blisten(?:ing)? on|https?://|tcp://|@)"
    r"[\s:=(\[\"']{0,3}(?:is |at |of |to )?$",
    re.IGNORECASE,
)
_SAYS_VERSION = re.compile(
    r"(?:\bv|\bversion|\bver\.|\brelease|\brev(?:ision|\.)?|\bsection|\bchapter|\bclause|\bsec\.|\bfigure|\btable|§|\bpart|"
    r"\bbuild|\bparagraph|\bappendix|==|>=|<=|~=)\s*[:=]?\s*$",
    re.IGNORECASE,
)
_LOOK_BACK = 24
_IPV6_FIRST = re.compile(r"(?:fe80|f[cd][0-9a-f]{2}|[23][0-9a-f]{3}):", re.IGNORECASE)

Masked = tuple[str, int]


def mask(text: str, kinds: Collection[str]) -> Masked:
    """Return a text with personal data replaced, and how many pieces were.

    Args:
        text: any text.
        kinds: what to look for: `email`; `phone` (numbers that are called so, or written with a country's
            code); `address` (IP and MAC addresses of machines, but not loopback); `user` (names in paths of
            home folders).
    """
    count = 0
    for kind in _ORDER:
        if kind in kinds:
            text, found = _MASKS[kind](text)
            count += found
    return text, count


def _emails(text: str) -> Masked:
    if "@" not in text:
        return text, 0
    return _replaced(_EMAIL, text, lambda m: "[email]" if is_mail_domain(m[2]) and m[1] != "git" else None)


def _phones(text: str) -> Masked:
    text, labelled = _replaced(
        _LABELLED_PHONE, text, lambda m: f"{m[1]}[phone]" if 7 <= _digits(m[2]) <= 15 else None
    )
    text, international = _replaced(
        _INTERNATIONAL, text, lambda m: "[phone]" if 9 <= _digits(m[0].removeprefix("00")) <= 15 else None
    )
    text, american = _replaced(_AMERICAN, text, lambda _: "[phone]")
    return text, labelled + international + american


def _addresses(text: str) -> Masked:
    text, macs = _replaced(_MAC, text, lambda m: "[mac-address]" if re.search("[A-Fa-f]", m[0]) else None)
    text, old = _replaced(_IPV4, text, lambda m: "[ip-address]" if _is_host(m) else None)
    if ":" not in text:
        return text, macs + old
    text, new = _replaced(_IPV6, text, lambda m: "[ip-address]" if _is_host6(m[1]) else None)
    return text, macs + old + new


def _users(text: str) -> Masked:
    def masked(match: re.Match[str]) -> str | None:
        return None if match[2].lower() in _NOBODY else f"{match[1]}[user]"

    text, unix = _replaced(_HOME, text, masked)
    text, windows = _replaced(_WINDOWS_HOME, text, masked)
    return text, unix + windows


_MASKS: dict[str, Callable[[str], Masked]] = {
    "email": _emails,
    "phone": _phones,
    "address": _addresses,
    "user": _users,
}
#: Addresses of machines before telephone numbers, whose pattern is the looser one.
_ORDER = ("email", "address", "phone", "user")


def _replaced(pattern: re.Pattern[str], text: str, instead: Callable[[re.Match[str]], str | None]) -> Masked:
    """Replace matches for which `instead` gives something; return the text and how many those are."""
    count = 0

    def substitute(match: re.Match[str]) -> str:
        nonlocal count
        new = instead(match)
        if new is None:
            return match[0]
        count += 1
        return new

    return pattern.sub(substitute, text), count


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _is_host(match: re.Match[str]) -> bool:
    """Say whether four numbers are an address: private, called so, or too large for a version."""
    parts = [int(part) for part in match[1].split(".")]
    if any(len(part) > 1 and part[0] == "0" for part in match[1].split(".")) or max(parts) > 255:
        return False
    address = ipaddress.IPv4Address(match[1])
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()]
    if address.is_loopback or address.is_unspecified or _SAYS_VERSION.search(before):
        return False
    if parts[0] == 255:  # a mask of a network
        return False
    if _SAYS_HOST.search(before) or re.match(r":\d{2,5}(?!\d)|/\d{1,2}(?!\d)", match.string[match.end() :]):
        return True
    if parts[:2] == [192, 168] or (parts[0] == 172 and 16 <= parts[1] <= 31) or parts[:2] == [169, 254]:
        return True
    return 11 <= parts[0] <= 223 and sum(part >= 64 for part in parts) >= 2


def _is_host6(text: str) -> bool:
    """Say whether groups of hexadecimal digits are an address: C++ names and times are none."""
    if "::" in text or text.count(":") == 7:
        if not _IPV6_FIRST.match(text):
            return False
        try:
            ipaddress.IPv6Address(text)
        except ValueError:
            return False
        return True
    return False
