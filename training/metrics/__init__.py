"""What a model is measured by: numpy, no gradients."""
