"""The error that a person is meant to read."""


class LooseleafError(Exception):
    """An expected failure; its message is one sentence that names the thing, the reason and the remedy."""
