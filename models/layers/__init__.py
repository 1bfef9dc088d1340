"""Building blocks of the Switch Transformer: modules and functions on torch alone.

    transformer layer = attention, feed_forward (or experts/), norm
    loss              = cross_entropy, with soft_targets of a teacher

Comes in: a layer, or one operation with a backward of its own. Stays out: fairseq, `langs`, the
configuration of a model and every other room of ours.
"""
