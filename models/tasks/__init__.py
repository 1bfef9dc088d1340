"""The tasks of fairseq: span corruption and tagged translation, and what both record.

Importing this package registers everything with fairseq: models, losses, optimizers, tasks. fairseq
imports it for `--user-dir models` (it must lie at this path); `models.train` imports it itself.

Comes in: fairseq tasks, which join data, model and metrics. Stays out: datasets (`models.data`) and
everything else that is registered (`models.plugin`).
"""

import models.fairseq_compat

# isort: split
import models.plugin.distillation_loss
import models.plugin.model
import models.plugin.optimizers
import models.plugin.switch_cross_entropy
import models.tasks.multilingual_span_corruption
import models.tasks.tagged_translation  # noqa: F401
