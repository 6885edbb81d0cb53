"""Simulation reports with known links between figures and paragraphs, from real finite element solves."""
