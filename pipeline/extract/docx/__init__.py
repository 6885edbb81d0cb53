"""Word documents to elements."""

from pipeline.extract.docx.read import read_docx

__all__ = ["read_docx"]
