"""A picture of a case, where it is, its name read as words."""

from __future__ import annotations

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem
from pipeline.extract.local import to_url
from storage.words import name_in_words


def read_image(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:  # noqa: ARG001 - as all readers
    """Add a picture; its bytes stay where they are."""
    builder.image([to_url(file.location)], name_in_words(file.name))
    return []
