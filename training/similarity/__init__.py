"""How alike two documents are, as sets: every form is packed, blockwise and recomputed."""
