"""Plain text to elements: the headings, lists, tables and code that people draw with characters."""

from pipeline.extract.text.read import add_text, read_text

__all__ = ["add_text", "read_text"]
