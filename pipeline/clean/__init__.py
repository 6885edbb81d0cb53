"""Cleaning: rules that measure documents and images, and drop what lies beyond their thresholds."""
