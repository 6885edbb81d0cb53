"""Mining: the nearest strangers of each image and text, with guards against false negatives."""
