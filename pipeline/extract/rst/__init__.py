"""reStructuredText with Sphinx's directives to elements, by docutils; nothing is included, run or printed."""

from pipeline.extract.rst.read import add_rst, read_rst

__all__ = ["add_rst", "read_rst"]
