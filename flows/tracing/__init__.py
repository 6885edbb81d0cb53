"""Lineage: from a run, shards, a build or a document back to sources and code, and forward to runs."""
