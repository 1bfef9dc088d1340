"""Weights in files and in memory: checkpoints, and new models made of the weights of old ones.

    checkpoint: read without trusting the file, written without training
    initial_weights: dense -> Switch (upcycling), Switch -> dense (a student)
    vocabulary: rows for new tags and pieces    freezing: weights that stay as they are
    lengths: what an imported model says of the lengths of its translations

Comes in: operations on named tensors. Stays out: training, and names and layouts of other libraries
(`models.huggingface`).
"""
