"""The tokenizer: its folder, the ids of pieces, sentinels and tags, and text to ids and back.

For ids and text without a model; training a tokenizer is in `pipeline.prepare`. Imports langs.
"""
