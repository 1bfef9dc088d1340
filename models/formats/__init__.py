"""Formats: names and layouts of files that one room writes and another reads.

For constants and the few lines that keep files whole; imports numpy alone, so that workers and the
evaluator can import it at no cost.
"""
