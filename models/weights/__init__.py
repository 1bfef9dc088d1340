"""Weights of a model: checkpoints, first weights from another model, growth, freezing.

For tensors by name; the other side of an import or export is in `models.huggingface`. Imports
network and tokenizer.
"""
