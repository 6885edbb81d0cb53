"""How good a model is on documents that it never saw."""
