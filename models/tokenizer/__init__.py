"""The tokenizer of a model: its folder, its vocabulary, and text to ids and back.

    folder tokenizer/ (spm.model, spm.vocab, dict.txt) -> text_tokenizer -> ids
    new_pieces: pieces added behind the ids that are there

Comes in: ids and pieces. Stays out: training a tokenizer on a corpus (`pipeline.prepare`) and
other people's tokenizer files (`models.huggingface`).
"""
