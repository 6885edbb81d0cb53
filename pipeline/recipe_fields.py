"""The parts of a recipe: their fields, what they mean and their bounds."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_HOST_AND_PORT = r"^(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}$"

HostAndPort = Annotated[str, Field(pattern=_HOST_AND_PORT)]
ImageFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "svg", "avif", "tiff"]
GroupKind = Literal["document", "section", "window", "case"]
PageKind = Literal["html", "pdf", "docx", "pptx", "epub", "markdown", "rst", "notebook", "text", "email"]


class Settings(BaseModel):
    """Fields that cannot change and cannot be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class ImageSettings(Settings):
    """Which images are decoded at all."""

    formats: tuple[ImageFormat, ...] = Field(
        default=("png", "jpeg", "webp", "gif", "bmp", "svg", "avif"),
        min_length=1,
        description="Formats to keep, as found in the bytes: png, jpeg, webp, gif, bmp, svg, avif, tiff.",
    )
    max_bytes: int = Field(
        default=16_000_000, ge=1, le=1_000_000_000, description="Largest image file, in bytes (1 to 1e9)."
    )
    max_pixels: int = Field(
        default=64_000_000,
        ge=1,
        le=1_000_000_000,
        description="Most pixels of an image, width times height (1 to 1e9).",
    )


class WordSettings(Settings):
    """How words inside pictures are read."""

    engine: Literal["auto", "tesseract", "rapidocr", "none"] = Field(
        default="auto",
        description="What reads them: tesseract, rapidocr, none, or auto (the first that is installed).",
    )
    languages: tuple[str, ...] = Field(
        default=("eng",),
        min_length=1,
        description="Tesseract's names of languages, such as eng, deu, jpn; rapidocr knows its own.",
    )
    min_confidence: float = Field(
        default=50.0, ge=0.0, le=100.0, description="Confidence of a word that is kept, at least (0 to 100)."
    )
    min_side: int = Field(
        default=48,
        ge=1,
        le=100_000,
        description="Shortest side of a picture that is read, in pixels (1 to 1e5).",
    )


class CleanSettings(Settings):
    """What is too small, too plain or too common to keep."""

    image_min_side: int = Field(
        default=96, ge=0, le=100_000, description="Shortest side kept, in pixels (0 to 1e5)."
    )
    image_max_side: int = Field(
        default=20_000, ge=1, le=1_000_000, description="Longest side kept, in pixels (1 to 1e6)."
    )
    image_max_aspect: float = Field(
        default=6.0, ge=1.0, le=1000.0, description="Longest side over shortest side, at most (1 to 1000)."
    )
    image_min_contrast: float = Field(
        default=2.0,
        ge=0.0,
        le=127.5,
        description="Standard deviation of the grey values, at least (0 to 127.5).",
    )
    image_max_documents: int = Field(
        default=10,
        ge=1,
        le=1_000_000_000,
        description="An image in more documents than this is a logo (1 to 1e9).",
    )
    document_min_words: int = Field(
        default=5, ge=0, le=1_000_000, description="Words that a document has at least (0 to 1e6)."
    )
    deduplicate: bool = Field(default=True, description="Reject exact duplicates of documents.")

    @model_validator(mode="after")
    def _sides_leave_room(self) -> CleanSettings:
        if self.image_min_side > self.image_max_side:
            raise ValueError("image_min_side is greater than image_max_side, so that no image could be kept")
        return self


class GroupSettings(Settings):
    """How images and texts of a document are put into loose sets."""

    kinds: tuple[GroupKind, ...] = Field(
        default=("document", "section", "window", "case"),
        min_length=1,
        description="Groups to make: document, section, window, case (a simulation case's whole folder).",
    )
    window: int = Field(default=8, ge=2, le=1000, description="Elements in a window (2 to 1000).")
    prior_scale: float = Field(
        default=2.0,
        gt=0.0,
        le=1000.0,
        description="Elements over which the layout prior falls to 1/e (0 to 1000).",
    )
    max_images: int = Field(default=256, ge=1, le=100_000, description="Most images of a group (1 to 1e5).")
    max_texts: int = Field(default=512, ge=1, le=100_000, description="Most texts of a group (1 to 1e5).")


class MineSettings(Settings):
    """How negatives are found, and the guards against false ones."""

    image_encoder: str = Field(
        default="efficientnet-lite0", min_length=1, description="Encoder of images, by name."
    )
    text_encoder: str = Field(default="minilm", min_length=1, description="Encoder of texts, by name.")
    top_k: int = Field(
        default=10, ge=1, le=1000, description="Negatives for each anchor and kind (1 to 1000)."
    )
    margin: float = Field(
        default=0.05,
        ge=0.0,
        le=2.0,
        description="A candidate whose cosine exceeds the positive's by more than this is left out (0 to 2).",
    )
    phash_distance: int = Field(
        default=6,
        ge=0,
        le=64,
        description="Images whose perceptual hashes differ in at most so many bits are one (0 to 64).",
    )
    text_jaccard: float = Field(
        default=0.8,
        gt=0.0,
        le=1.0,
        description="Texts that share so many of their words are near-duplicates (0 to 1).",
    )
    block_rows: int = Field(
        default=4096,
        ge=16,
        le=1_000_000,
        description="Rows compared at a time; bounds the memory (16 to 1e6).",
    )


class PackSettings(Settings):
    """What a training shard holds, and what is held out."""

    block_documents: int = Field(
        default=8, ge=1, le=4096, description="Documents that are packed to meet in one batch (1 to 4096)."
    )
    include_bytes: bool = Field(default=False, description="Put the images' bytes into the shards.")
    test_fraction: float = Field(
        default=0.2, ge=0.0, lt=1.0, description="Share of families held out (0 to 1)."
    )
    valid_fraction: float = Field(
        default=0.1, ge=0.0, lt=1.0, description="Share of families for watching the training (0 to 1)."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**31, description="Seed of the split and of the order (0 to 2^31 - 1)."
    )

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> PackSettings:
        if self.test_fraction + self.valid_fraction >= 1.0:
            raise ValueError("test_fraction and valid_fraction together leave nothing to train on")
        return self
