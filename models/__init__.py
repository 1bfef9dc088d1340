"""What learns: Switch and dense transformers, as a fairseq `--user-dir` plugin.

Importing this package is light. What fairseq registers (task, criterion, architectures,
optimizers) is imported by `models.tasks`, which fairseq does by itself for a user directory and
`models.train` does on its own.
"""
