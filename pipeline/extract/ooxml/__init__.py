"""What Word documents and presentations share: packages, relations, formulas, charts, diagrams."""
