"""Mining while a model trains: whole documents that it takes for each other meet in its next batches."""
