"""Losses over all pairs of many units, in tiles: the matrix of logits never exists."""
