"""Vacuum: takes the files that no build which is kept, no tag and no run needs."""
