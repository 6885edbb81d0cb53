"""Presentations to elements."""

from pipeline.extract.pptx.read import read_pptx

__all__ = ["read_pptx"]
