"""Small trained maps from encoder features to the joint space."""
