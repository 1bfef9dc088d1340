"""The tasks; importing this package registers models, losses, optimizers and tasks with fairseq.

fairseq imports it for `--user-dir models`; `models.train` imports it itself.
"""

import models.fairseq_compat

# isort: split
import models.plugin.distillation_loss
import models.plugin.model
import models.plugin.optimizers
import models.plugin.switch_cross_entropy
import models.tasks.multilingual_span_corruption
import models.tasks.tagged_translation  # noqa: F401
