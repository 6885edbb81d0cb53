"""Simulation cases: a folder of notes, decks, logs, tables, pictures and meshes as one document."""

from pipeline.extract.case.read import read_case

__all__ = ["read_case"]
