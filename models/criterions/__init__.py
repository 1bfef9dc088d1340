"""The training objective."""

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)
