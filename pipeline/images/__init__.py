"""Images: had from files and from the web, given to the elements that name them, and measured."""
