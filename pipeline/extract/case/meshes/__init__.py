"""Meshes: what they hold, how good they are, and a picture of each."""
