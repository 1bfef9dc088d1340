"""The report of translation scores: its page, tables and figure.

Comes in: views of `score.json`. Stays out: the scores (`pipeline.translation.score`).
"""
