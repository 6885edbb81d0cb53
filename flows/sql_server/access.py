"""Who may ask: a token for each."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyarrow import flight

from storage.errors import LooseleafError

_SHORTEST = 16


def read_tokens(path: str) -> dict[str, str]:
    """Return the tokens in a file by the names of those who have them.

    A line is `NAME TOKEN`, or a token alone; an empty line, or one that begins with #, is none.

    Raises:
        LooseleafError: if there is no such file, or a token is missing or too short to be a secret.
    """
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as error:
        raise LooseleafError(
            f"The tokens in {path} cannot be read ({error.strerror}): check the path."
        ) from error
    told = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    tokens = {
        parts[0] if len(parts) > 1 else f"line {number}": parts[-1] for number, parts in enumerate(told, 1)
    }
    if not tokens or any(len(token) < _SHORTEST for token in tokens.values()):
        raise LooseleafError(
            f"The tokens in {path} are no secrets: give each person one of at least {_SHORTEST} letters, "
            "such as `openssl rand -hex 24` prints."
        )
    return tokens


class Caller(flight.ServerMiddleware):  # type: ignore[misc]
    """Who a request comes from."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self.name = name
        self._token = token

    def sending_headers(self) -> dict[str, str]:
        """Give a client that came with a name and a token what it sends from then on."""
        return {"authorization": f"Bearer {self._token}"}


class Access(flight.ServerMiddlewareFactory):  # type: ignore[misc]
    """Lets through whoever sends a known token: `Bearer TOKEN`, or as the password of any user."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        super().__init__()
        self._tokens = tokens

    def start_call(self, info: object, headers: Mapping[str, list[Any]]) -> Caller:  # noqa: ARG002
        """Return who calls.

        Raises:
            flight.FlightUnauthenticatedError: if the token is missing or unknown.
        """
        given = _given(
            [value for name, values in headers.items() if name.lower() == "authorization" for value in values]
        )
        # Each is compared, so that the time tells nothing.
        known = [
            name
            for name, token in self._tokens.items()
            if hmac.compare_digest(token.encode(), given.encode())
        ]
        if not known:
            raise flight.FlightUnauthenticatedError(
                "The token is missing or unknown: ask who runs the server."
            )
        return Caller(known[0], given)


class Handshake(flight.ServerAuthHandler):  # type: ignore[misc]
    """Answers the greeting with which some clients begin; `Access` has looked at it already."""

    def authenticate(self, outgoing: object, incoming: object) -> None:
        """Let the client in: no request gets here without a token."""

    def is_valid(self, token: bytes) -> bytes:  # noqa: ARG002
        """Return who it is, which `Access` knows better."""
        return b""


def _given(values: list[Any]) -> str:
    # A client may repeat itself; who says two things says none.
    if len(set(values)) != 1:
        return ""
    value = values[0].decode(errors="replace") if isinstance(values[0], bytes) else str(values[0])
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            # Some clients leave out the padding.
            padded = rest + "=" * (-len(rest) % 4)
            return base64.b64decode(padded, validate=True).decode(errors="replace").partition(":")[2]
        except binascii.Error:
            return ""
    return ""
