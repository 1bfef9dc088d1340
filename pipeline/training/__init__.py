"""Trainings as stages: settings, the fairseq flags they become, and the process that trains.

    settings -> flags -> process (`python -m models.train`) -> checkpoints, metrics.jsonl

Comes in: pretraining, fine-tuning, distillation and its ablations, and conversion of models, each
as a stage. Stays out: torch in this process (training has one of its own) and the model's code.
"""
