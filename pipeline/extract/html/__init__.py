"""HTML to elements: one pass over the tree of one C parser (selectolax with Lexbor)."""

from pipeline.extract.html.read import add_html, read_html

__all__ = ["add_html", "read_html"]
