"""Markdown (CommonMark, tables, MyST directives, formulas) to elements."""

from pipeline.extract.markdown.read import add_markdown, read_markdown

__all__ = ["add_markdown", "read_markdown"]
