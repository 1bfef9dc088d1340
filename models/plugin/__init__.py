"""What fairseq registers but its tasks: model, losses, optimizers; and what runs write."""

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)
