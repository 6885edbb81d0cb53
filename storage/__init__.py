"""What is kept: Arrow schemas, tables, training shards, filesystems, queries."""
