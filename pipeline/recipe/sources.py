"""Where documents come from: files, sites, simulation cases."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from pipeline.recipe.base import NAME_PATTERN, Settings

PageKind = Literal["html", "pdf", "docx", "pptx", "epub", "markdown", "rst", "notebook", "text", "email"]

DOCUMENTS = tuple(f"**/*.{suffix}" for suffix in (
    "html", "htm", "md", "markdown", "rst", "ipynb", "pdf", "docx", "pptx", "epub", "eml",
))  # fmt: skip
ARCHIVES = tuple(f"**/*.{suffix}" for suffix in (
    "zip", "tar", "tar.*", "tgz", "tbz2", "txz", "warc", "warc.gz",
))  # fmt: skip


class FilesSource(Settings):
    """Files in a folder, in an archive, or on any filesystem that fsspec opens."""

    kind: Literal["files"] = Field(description="files: read documents from a folder or an archive.")
    name: str = Field(
        pattern=NAME_PATTERN, max_length=64, description="Name of the source: letters, digits, '.', '_', '-'."
    )
    root: str = Field(
        min_length=1,
        description="Folder, archive (zip, tar, WARC, ...) or fsspec URL; relative to the recipe's folder.",
    )
    include: tuple[str, ...] = Field(
        default=DOCUMENTS + ARCHIVES,
        min_length=1,
        description="Glob patterns, relative to the root, of the files to read (** crosses folders).",
    )
    exclude: tuple[str, ...] = Field(default=(), description="Glob patterns of documents to leave out.")
    license: str | None = Field(
        default=None, description="SPDX name of the licence of all documents, if it is known."
    )
    family: Literal["document", "folder", "source"] = Field(
        default="document",
        description="Documents that a split keeps on one side: each for itself, those of one folder, or all.",
    )
    links: str | None = Field(
        default=None,
        description="JSON file with the true image-text links, relative to the root; null when unknown.",
    )
    max_bytes: int = Field(
        default=50_000_000,
        ge=1,
        le=2_000_000_000,
        description="Largest document that is read, in bytes (1 to 2e9).",
    )
    max_unpacked_bytes: int = Field(
        default=4_000_000_000,
        ge=1,
        le=1_000_000_000_000,
        description="Most bytes that one archive may unpack to (1 to 1e12).",
    )


class WebSource(Settings):
    """Pages of given sites, crawled politely and kept as WARC records."""

    kind: Literal["web"] = Field(description="web: crawl pages.")
    name: str = Field(
        pattern=NAME_PATTERN, max_length=64, description="Name of the source: letters, digits, '.', '_', '-'."
    )
    start: tuple[str, ...] = Field(min_length=1, description="http or https URLs to begin with.")
    allow: tuple[str, ...] = Field(
        default=(),
        description="URL prefixes to stay within, or patterns with *; empty means what `within` says.",
    )
    deny: tuple[str, ...] = Field(
        default=(), description="URL prefixes, or patterns with * for the whole URL, to leave out."
    )
    within: Literal["folder", "host", "site"] = Field(
        default="folder",
        description="Without `allow`: stay in the folder, on the host or in the domain of each start URL.",
    )
    kinds: tuple[PageKind, ...] = Field(
        default=("html", "pdf"),
        min_length=1,
        description="Kinds to keep: html, pdf, docx, pptx, epub, markdown, rst, notebook, text, email.",
    )
    sitemaps: bool = Field(default=True, description="Read the sitemaps of the start URLs' hosts.")
    drop_tracking: bool = Field(
        default=False, description="Take URLs that differ in parameters such as utm_source for one."
    )
    recrawl_after: float | None = Field(
        default=None,
        ge=0.0,
        le=87_600.0,
        description="Hours after the start of a crawl at which a build asks again for what changed (0 to "
        "87600; a little under the schedule's period); null never does.",
    )
    frontier: str | None = Field(
        default=None,
        pattern=r"^postgres(ql)?://",
        description="Where the queue of URLs is: a postgresql:// URL; null for a file beside the pages.",
    )
    processes: int = Field(default=1, ge=1, le=64, description="Processes that share the queue (1 to 64).")
    max_pages: int = Field(default=1000, ge=1, le=10_000_000, description="Most pages to keep (1 to 1e7).")
    max_depth: int = Field(
        default=20, ge=0, le=1000, description="Most links from a start URL to a page (0 to 1000)."
    )
    max_bytes: int = Field(
        default=10_000_000, ge=1024, le=1_000_000_000, description="Largest page, in bytes (1024 to 1e9)."
    )
    max_total_bytes: int = Field(
        default=100_000_000_000,
        ge=1024,
        le=1_000_000_000_000_000,
        description="Bytes of pages after which a crawl ends (1024 to 1e15).",
    )
    delay: float = Field(
        default=0.5,
        ge=0.0,
        le=3600.0,
        description="Least seconds between two requests to one host; slow ones get more (0 to 3600).",
    )
    concurrency: int = Field(default=2, ge=1, le=32, description="Requests in flight to one host (1 to 32).")
    license: str | None = Field(
        default=None, description="SPDX name of the licence of all pages, if it is known."
    )
    family: Literal["document", "folder", "source"] = Field(
        default="document",
        description="Pages that a split keeps on one side: each for itself, those of one folder, or all.",
    )

    @field_validator("deny")
    @classmethod
    def _are_rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        for rule in rules:
            if "*" not in rule and not rule.startswith(("http://", "https://")):
                raise ValueError(f"{rule!r} is neither a URL prefix nor a pattern with *")
        return rules

    @field_validator("start", "allow")
    @classmethod
    def _are_web_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{url!r} is not an http or https URL")
        return urls


class CasesSource(Settings):
    """Simulation cases: folders of decks, logs, tables, pictures and meshes, each one document."""

    kind: Literal["cases"] = Field(description="cases: read each simulation case, a folder, as one document.")
    name: str = Field(
        pattern=NAME_PATTERN, max_length=64, description="Name of the source: letters, digits, '.', '_', '-'."
    )
    root: str = Field(
        min_length=1,
        description="Folder, archive (zip, tar, tar.gz, ...) or fsspec URL; relative to the recipe's folder.",
    )
    folders: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Glob patterns, relative to the root, of the folders that are cases ('.' is the root "
        "itself); null recognises them by their files.",
    )
    exclude: tuple[str, ...] = Field(default=(), description="Glob patterns of files to leave out.")
    license: str | None = Field(
        default=None, description="SPDX name of the licence of all cases, if it is known."
    )
    family: Literal["document", "folder", "source"] = Field(
        default="document",
        description="Cases that a split keeps on one side: each for itself, those of one folder, or all.",
    )
    pictures: bool = Field(default=True, description="Draw a picture of each mesh.")
    max_files: int = Field(
        default=2000, ge=1, le=100_000, description="Most files of one case that are read (1 to 1e5)."
    )
    max_bytes: int = Field(
        default=200_000_000,
        ge=1,
        le=2_000_000_000,
        description="Largest note, deck or mesh that is read, in bytes (1 to 2e9).",
    )
    max_text_bytes: int = Field(
        default=4_000_000,
        ge=1024,
        le=1_000_000_000,
        description="Most bytes of a log or a table that are read, half of them from its end (1024 to 1e9).",
    )
    max_unpacked_bytes: int = Field(
        default=4_000_000_000,
        ge=1,
        le=1_000_000_000_000,
        description="Most bytes that one archive may unpack to (1 to 1e12).",
    )


Source = Annotated[FilesSource | WebSource | CasesSource, Field(discriminator="kind")]
