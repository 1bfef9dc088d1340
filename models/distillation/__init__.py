"""Distillation (Switch, section 4.2): teachers in memory, and stored probabilities.

For sources of soft targets; the loss is in `models.plugin`, a job that stores in
`models.store_probabilities`.
"""
