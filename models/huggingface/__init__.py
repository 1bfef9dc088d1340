"""Hugging Face model folders to our checkpoints and back, without `transformers`.

For the other side's names, layouts and settings; our checkpoints are in `models.weights`.
"""
