"""Result tables: separated values, fixed columns, and what solvers print."""
