from __future__ import annotations

import pytest

from pipeline.sources.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**/*.md", "a.md", True),
        ("**/*.md", "a/b/c.md", True),
        ("*.md", "a/b.md", False),
        ("docs/**", "docs/a/b.md", True),
        ("docs/**/x/*.md", "docs/x/a.md", True),
        ("**/*.md", "a/.hidden/b.md", False),
        ("a/.hidden/*.md", "a/.hidden/b.md", True),
        ("[ab].md", "b.md", True),
        ("[!ab].md", "b.md", False),
        ("a?.md", "a/.md", False),
        ("a.md", "axmd", False),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(path, [pattern]) is expected


def test_exclude_wins() -> None:
    assert not matches("a/.x/b.md", ["a/.x/*.md"], ["**/.x/**"])
    assert not matches("old/b.md", ["**/*.md"], ["old/*"])
