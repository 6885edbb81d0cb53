"""Web sources: a polite crawl whose pages are kept as WARC records before anything is read of them."""
