"""Text from a model: greedy and beam search, and translation of sentences.

    text_model (checkpoint + tokenizer) -> translation -> search -> incremental (step by step)
                                                            repetition: no n-gram twice

Comes in: everything between a sentence and the sentence that a model writes, and its scores by
sacreBLEU. Stays out: files of translations and the browser (`pipeline.translation`), training.
"""
