"""The explorer: a web page over a dataset and its runs, read from the tables page by page."""
