"""Prefect's server on loopback, whose pages ask no other host: `python -m flows.prefect_server PORT`.

It is what `prefect server start` runs, with one header more. Prefect's pages fetch a configuration from a
provider of analytics as they open, even where analytics are off; the header forbids to ask anybody else.
"""

from __future__ import annotations

import sys

_HOST = "127.0.0.1"


def policy(port: int) -> str:
    """Return the Content-Security-Policy of the pages of a server at `port`."""
    # Pages that were opened by one of the two names may ask by the other.
    own = " ".join(f"{scheme}://{host}:{port}" for scheme in ("http", "ws") for host in (_HOST, "localhost"))
    return (
        f"connect-src 'self' data: blob: {own}; img-src 'self' data: blob:; font-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )


def main(port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    import uvicorn  # noqa: PLC0415 - after the environment is set
    from prefect.server.api.server import create_app  # noqa: PLC0415
    from prefect.settings import get_current_settings  # noqa: PLC0415

    settings = get_current_settings().server
    uvicorn.run(
        create_app(final=True),
        host=_HOST,
        port=port,
        timeout_keep_alive=settings.api.keepalive_timeout,
        ws_ping_interval=settings.api.websocket_ping_interval,
        ws_ping_timeout=settings.api.websocket_ping_timeout,
        log_level=settings.logging_level.lower(),
        headers=[("Content-Security-Policy", policy(port))],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
