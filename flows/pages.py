"""Addresses of report pages: browsers open no files from a page that came over http.

An address holds the dataset or run and a signature of it with the home's secret. Whoever serves pages thus
needs no list of what it may show, and nobody can ask for anything else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from flows import environment

#: Where `looseleaf serve` shows pages: http://host:port.
VARIABLE = "LOOSELEAF_PAGES"

REPORT = "report.html"


def report_url(place: str) -> str | None:
    """Return the address of the report page of a dataset or run; None where nobody serves pages.

    The page need not be written yet: then it says so.

    Args:
        place: path or URL of the dataset or run.
    """
    base = os.environ.get(VARIABLE)
    return f"{base.rstrip('/')}{path_of(place)}" if base else None


def path_of(place: str) -> str:
    """Return the path, within the server of pages, of the report about `place`."""
    coded = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    return f"/{_signature(coded)}/{coded}/{REPORT}"


def place_of(path: str) -> str | None:
    """Return the dataset or run that a path is about; None if nobody here has made that path."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] or parts[3] != REPORT:
        return None
    signature, coded = parts[1:3]
    if not hmac.compare_digest(signature.encode(), _signature(coded).encode()):
        return None
    try:
        return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _signature(coded: str) -> str:
    secret = environment.home().token.read_bytes()
    return hmac.new(secret, b"page:" + coded.encode(), hashlib.sha256).hexdigest()[:32]
