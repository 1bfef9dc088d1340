"""What model_speed.py measures: models of both sides, times, memory, rows of a table."""
