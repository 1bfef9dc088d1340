"""Models and their training: Switch and dense transformers, as a fairseq `--user-dir` plugin.

    train > tasks > plugin > data, distillation > network > layers (torch alone)
    huggingface, generation, tokenizer, weights, costs: around the network

Comes in: everything that holds or reads weights, batches or vocabularies. Stays out: corpora,
reports, commands; `models` imports `langs` alone, never `pipeline`, and can be used without it.

Importing this package is light. Everything that fairseq registers (tasks, losses, architectures,
optimizers) is imported by `models.tasks`, which fairseq imports for a user directory and
`models.train` imports itself.
"""
