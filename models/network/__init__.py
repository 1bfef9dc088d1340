"""The encoder-decoder: its settings, the named architectures, and the module itself.

For the network without fairseq; its registration is in `models.plugin`. Imports layers.
"""
