"""What Looseleaf must reach over the pages of a sample."""

from __future__ import annotations

TARGETS = {"images": 0.99, "words": 0.99, "tau": 0.995, "precision": 0.97}
