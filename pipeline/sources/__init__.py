"""Where documents are: folders, archives, crawled pages."""
