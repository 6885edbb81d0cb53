"""SVG: made safe, given a size, and drawn as PNG in a child process (`pipeline.images.decode` starts it)."""
