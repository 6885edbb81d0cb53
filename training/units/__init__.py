"""An image as a unit of parts: pixels, words of its own, words read inside it, and rare terms that match."""
