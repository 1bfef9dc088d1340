"""Costs of a model, read off its weights: parameters, FLOPs, memory, and the published figures.

For counts and formulas; measured speed and memory are in `benchmarks`. Imports layers and network.
"""
