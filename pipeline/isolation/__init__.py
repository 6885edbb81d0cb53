"""Functions in child processes, with a limit of time and memory: what they do to themselves stays there."""
