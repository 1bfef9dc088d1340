"""`mswitch bitext`: parallel text to clean pairs, shards, a tokenizer with tags, and a mixture.

    inputs -> readers/ -> sift (rules of a pair) -> frames -> write_pairs (copies, splits) -> shards

Comes in: rules on pairs of sentences and their counts. Stays out: settings of the corpus job;
general file reading lies in `pipeline.files`.
"""
