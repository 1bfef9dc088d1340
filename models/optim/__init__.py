"""Optimizers that fairseq lacks: Adafactor by expert, and torch's fused AdamW."""

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)
