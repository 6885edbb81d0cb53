"""Packing: splits, blocks of documents that were mined to meet, and the shards that training reads."""
