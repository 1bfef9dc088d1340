"""Everything that fairseq registers except the tasks: model, losses, optimizers, metrics.

Comes in: classes that carry a fairseq decorator or hook into its trainer, and files that a training
run writes. Stays out: tasks (fairseq loads `models/tasks` by that name) and layers, which must work
without fairseq. Importing this package repairs fairseq first (`models.fairseq_compat`).
"""

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)
