"""Compares two builds of a dataset: what came, what went, and what became different."""
