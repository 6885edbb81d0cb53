"""What solvers write while they run: residuals, increments, warnings, errors and times."""
