"""Encoders: what turns an image's bytes or a text into a vector, locked or trained from scratch."""
