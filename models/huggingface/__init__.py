"""Hugging Face model folders to our checkpoints and back, without `transformers`."""
