"""Data of training: from shards on disk to batches.

For datasets, their order, and the corruption of texts; commands that write shards are in
`pipeline.prepare` and `pipeline.translation.bitext`. Imports formats and tokenizer.
"""
