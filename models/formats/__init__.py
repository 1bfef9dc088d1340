"""What one room writes and another reads: names and layouts of files. Imports numpy alone."""
