"""Grouping: loose sets of images and texts, with the layout's weight for each pair."""
