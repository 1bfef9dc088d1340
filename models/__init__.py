"""Models and their training: Switch and dense transformers, as a fairseq `--user-dir` plugin.

    formats, layers, tokenizer < network < costs < weights < data, generation, huggingface
        < distillation < plugin < tasks < train, store_probabilities

Comes in: everything that holds or reads weights, batches or vocabularies. Stays out: corpora,
reports, commands; `models` imports `langs` alone, never `pipeline`, and can be used without it.
A package imports those before it alone; `fairseq_compat` comes before anything of fairseq.

Importing this package is light. Everything that fairseq registers (tasks, losses, architectures,
optimizers) is imported by `models.tasks`, which fairseq imports for a user directory and
`models.train` imports itself.
"""
