"""What is wrong with a training, in words: one file a fault, each with its number and its usual remedy."""
