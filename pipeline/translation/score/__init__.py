"""`mswitch score`: BLEU, chrF, chrF++ and off-target rates of one system or several.

    system_files -> direction_scores, bootstrap, shown_examples -> summaries -> score.json

Comes in: measures of translations and their comparison. Stays out: pages and tables
(`pipeline.report.scores`), and settings of the corpus job: the identifier is `langs.identify`.
"""
