"""Figures of a dataset that do not belong to their text."""
