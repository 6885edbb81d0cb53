"""E-books to elements."""

from pipeline.extract.epub.read import read_epub

__all__ = ["read_epub"]
