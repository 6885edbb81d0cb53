"""Search: what is nearest to words, to a picture or to both, and where in the documents it stands."""

from flows.searching.search import search

__all__ = ["search"]
