"""Which elements of a document are members of groups: images that were kept, and texts that say something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Kinds of element that are texts; headings, code and formulas are context.
TEXT_KINDS = frozenset({"text", "list_item", "quote", "table"})
#: Words that a text has at least.
MIN_WORDS = 3
#: The columns of the table `elements` that `units_of` reads.
UNIT_COLUMNS = (
    "doc_id",
    "position",
    "kind",
    "text",
    "section",
    "figure",
    "caption_of",
    "image_id",
    "image_url",
    "boilerplate",
)


@dataclass(frozen=True)
class Unit:
    """An image or a text; `order` counts the units of its document from 0, in reading order."""

    position: int
    order: int
    is_image: bool
    section: int
    figure: int | None
    caption_of: int | None  # the position of an image


def units_of(elements: Iterable[Mapping[str, Any]], kept_images: Collection[str]) -> list[Unit]:
    """Return the units of one document, in reading order.

    Args:
        elements: rows of the table `elements` of one document, in any order.
        kept_images: the `image_id` of the images that no rule dropped.
    """
    members = [row for row in elements if _is_text(row) or _is_image(row, kept_images)]
    members.sort(key=lambda row: row["position"])
    return [
        Unit(
            position=row["position"],
            order=order,
            is_image=row["kind"] == "image",
            section=row["section"] or 0,
            figure=row["figure"],
            caption_of=row["caption_of"],
        )
        for order, row in enumerate(members)
    ]


def _is_text(row: Mapping[str, Any]) -> bool:
    if row["kind"] not in TEXT_KINDS or row["boilerplate"]:
        return False
    return len((row["text"] or "").split()) >= MIN_WORDS


def _is_image(row: Mapping[str, Any], kept_images: Collection[str]) -> bool:
    # An image without an address is no reference, so that it was never counted as kept.
    return (
        row["kind"] == "image"
        and not row["boilerplate"]
        and row["image_url"] is not None
        and row["image_id"] in kept_images
    )
