"""From shards on disk to batches for training and validation, the same order for a seed.

    shards -> packed_dataset + span_corruption -> examples     (pretraining)
    bitext -> bitext_dataset                   -> examples     (translation)
    mixture_schedule: the language of each training sequence; permutation: shuffles by arithmetic

Comes in: everything between a shard and a batch. Stays out: models, losses, and making shards
(`pipeline.prepare`); the layout that writer and readers share is in `models.formats`.
"""
