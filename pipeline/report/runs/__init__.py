"""The report of training runs: its page, tables, figures, plots and LaTeX, two runs or many.

Comes in: views of a typed report. Stays out: measures (`pipeline.evaluate`), and tables of other
reports (`routing`, `scores`).
"""
