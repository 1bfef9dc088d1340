"""Layers of many experts, of which each token meets one or a few (arXiv 2101.03961, section 2).

    router -> dispatch -> experts' products -> back in the tokens' order, times the gates
    |         |           expert_linear, on padded_blocks where a CPU has few rows an expert
    |         permutation by expert, capacity
    probabilities, losses           mixture: the way as a whole, for every sparse layer

Comes in: routing, and products of many matrices at once. Stays out: the rest of a transformer
layer. Layers made of these: switch_layer, switch_attention.
"""
