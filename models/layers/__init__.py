"""Building blocks of the Switch Transformer.

For modules and functions of tensors; imports torch alone, nothing of fairseq and nothing of ours.
"""
