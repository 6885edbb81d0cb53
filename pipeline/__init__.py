"""Documents in, training groups out: sources, extraction, images, cleaning, grouping, mining, packing."""
