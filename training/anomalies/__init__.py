"""Figures that do not belong to their text: of another run, in other units, of another load case."""
