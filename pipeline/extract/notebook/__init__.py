"""Jupyter notebooks to elements: Markdown cells, code and what it put out."""

from pipeline.extract.notebook.read import read_notebook

__all__ = ["read_notebook"]
