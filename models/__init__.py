"""Switch and dense transformers, as a fairseq `--user-dir` plugin.

    formats, layers, tokenizer < network < costs < weights < data, generation, huggingface
        < distillation < plugin < tasks < train, store_probabilities

A package imports those before it (tests/models/test_rooms.py); `fairseq_compat` comes before
anything of fairseq. Importing this package is light: classes that fairseq registers are imported by
`models.tasks`, which fairseq does by itself for a user directory and `models.train` on its own.
"""
