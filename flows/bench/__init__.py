"""The bench: every method on documents whose links are known, and on real ones."""
