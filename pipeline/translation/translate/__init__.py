"""`mswitch translate`: text through a translation model, from files, a prompt or a browser.

    input_lines -> translator (bounded memory, same order) -> output_formats
    server + service: the same in the browser

Comes in: the way of a line to the model and back. Stays out: search (`models.generation`), scores.
"""
