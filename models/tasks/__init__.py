"""Importing this package registers everything with fairseq: models, criterion, optimizers, task.

fairseq imports it for `--user-dir models`; `models.train` imports it itself.
"""

import models.fairseq_compat

# isort: split
import models.criterions.distillation
import models.criterions.switch_cross_entropy
import models.fairseq_model
import models.optim.adafactor
import models.optim.fused_adamw
import models.tasks.multilingual_span_corruption
import models.tasks.tagged_translation  # noqa: F401
