"""Documents to elements: one reader for each kind of document, one model for what they find."""
