"""From shards on disk to batches for training and validation, the same order for a seed.

    shards -> token_stream -> packed_dataset + span_corruption -> examples     (pretraining)
    bitext -> sentences    -> bitext_dataset                   -> examples     (translation)
    mixture_schedule: the language of each training sequence; permutation: shuffles by arithmetic

Comes in: the format of shards, for their readers and their writer, and everything between a shard
and a batch. Stays out: models, losses, and making shards (`pipeline.prepare`).
"""
