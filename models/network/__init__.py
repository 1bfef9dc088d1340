"""The encoder-decoder made of the layers: its options, its named sizes, its forward pass.

    options (a command line, a checkpoint) -> TransformerConfig -> Transformer
    architectures: the named sizes, as one table

Comes in: everything that decides the shape of a model. Stays out: fairseq, training and files.
Imports `models.layers` and `langs`.
"""
