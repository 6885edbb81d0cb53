"""What has to be done when a node is left."""

from __future__ import annotations

#: The node is not entered: nothing in it is shown, or a handler has written it.
LEFT_OUT = -1
BLOCK = 1
FIGURE = 2
QUOTED = 4
BRACKETED = 8
REGION = 16
LINK = 32
