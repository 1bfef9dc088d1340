"""Optimizers that fairseq lacks: Adafactor by expert, and torch's fused AdamW."""
