"""Documents to training data: mixture, tokenizer, shards; and smaller corpora of a corpus.

    corpus -> mixture -> tokenizer_text -> tokenizer_training -> shard_writer -> shards/
    corpus -> resample -> a smaller or more even corpus

Comes in: everything between a finished corpus and training. Stays out: cleaning (`pipeline.corpus`)
and reading shards (`models.data`, which owns their format).
"""
