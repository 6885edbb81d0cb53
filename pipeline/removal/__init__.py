"""Removal: documents and images that must not be in a dataset, in no version of it and in no later build."""
