"""The way of translation: parallel text to clean pairs, translations, and their scores.

    parallel text -> bitext/ -> (training.finetune) -> translate/ -> score/

Comes in: one sub-room for each of the three jobs, which share formats but no state. Stays out:
fine-tuning (`pipeline.training`) and the search itself (`models.generation`).
"""
