"""Reader of PDF documents: where things stand on the page decides what they are."""

from pipeline.extract.pdf.read import read_pdf

__all__ = ["read_pdf"]
