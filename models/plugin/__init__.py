"""The plugin of fairseq but its tasks: model, losses, optimizers, metrics and routing counts.

For classes that fairseq registers and the files that runs write; their mathematics is in
`models.layers`, tasks are in `models.tasks`.
"""

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)
