"""How the outside is asked."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from pipeline.recipe.base import Settings

_HOST_AND_PORT = r"^(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}$"
HostAndPort = Annotated[str, Field(pattern=_HOST_AND_PORT)]


class HostLimits(Settings):
    """The limits of one host, in place of those for all."""

    host: str = Field(
        min_length=1, description="Host, with its port where the URLs name one, such as example.org:8080."
    )
    delay: float = Field(
        default=0.0, ge=0.0, le=3600.0, description="Seconds between two images from this host (0 to 3600)."
    )
    concurrency: int = Field(default=4, ge=1, le=64, description="Images in flight from this host (1 to 64).")

    @field_validator("host")
    @classmethod
    def _in_lower_case(cls, host: str) -> str:
        return host.lower()


class NetworkSettings(Settings):
    """How the outside is asked, for pages and for images."""

    user_agent: str | None = Field(
        default=None,
        max_length=200,
        description="Name sent with each request; null sends Looseleaf's own name.",
    )
    contact: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^(https?://|mailto:)[!-~]+$",
        description="URL (https:// or mailto:) in our name, at which a site's owner reaches you.",
    )
    allow_private: tuple[HostAndPort, ...] = Field(
        default=(),
        description="host:port of servers that may be asked although their address is private or loopback.",
    )
    remote_images: bool = Field(
        default=True, description="Fetch images of other servers; off, they are missing, with that reason."
    )
    timeout: float = Field(
        default=20.0,
        gt=0.0,
        le=600.0,
        description="Seconds to wait for a server, and again for a whole image (0 to 600).",
    )
    retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="Tries after the first for failures that may pass, such as 503 (0 to 10).",
    )
    delay: float = Field(
        default=0.0, ge=0.0, le=3600.0, description="Seconds between two images from one host (0 to 3600)."
    )
    concurrency: int = Field(default=4, ge=1, le=64, description="Images in flight from one host (1 to 64).")
    hosts: tuple[HostLimits, ...] = Field(
        default=(), description="Hosts with a delay and a concurrency of their own."
    )
