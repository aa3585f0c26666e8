"""What is measured, and against what: `python -m bench`. The budgets are those of the design."""
