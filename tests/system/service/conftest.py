"""The fixtures of tests of a service with all that a cluster has."""

from tests.flows.fixtures import recipe, served, undisturbed

__all__ = ["recipe", "served", "undisturbed"]
