"""The fixtures of tests of flows."""

from tests.flows.fixtures import recipe, served, undisturbed

__all__ = ["recipe", "served", "undisturbed"]
