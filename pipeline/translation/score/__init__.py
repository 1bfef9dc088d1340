"""`mswitch score`: BLEU, chrF, chrF++ and off-target rates of one system or several.

    systems (files or bitext) -> direction: scores, bootstrap, off_target, examples -> score_report

Comes in: measures of translations and their comparison. Stays out: pages and tables
(`pipeline.report.scores`), and settings of the corpus job: the identifier is `langs.identify`.
"""
