"""Hugging Face model folders to our checkpoints and back, without `transformers`.

    config_json, generation_json, tensor_names, tensor_files <- model_folder: the whole folder
    added_tokens <- tokenizer_files: its tokenizer

Comes in: names, layouts and files of Hugging Face's side. Stays out: everything that a model needs
after it was imported.
"""
