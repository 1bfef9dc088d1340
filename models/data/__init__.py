"""From shards on disk to batches: token streams, the language mixture, span corruption."""

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)
