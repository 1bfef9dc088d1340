"""The corpus job: web text to clean documents by language (`mswitch corpus`).

    pages/ -> steps/scan (rules/) -> duplicates/ -> steps/finish (rules/) -> documents, statistics/
    graph: the same as a Beam pipeline; job: as a stage; rehearsal: --dry-run

Comes in: rules on pages and lines, and what they removed. Stays out: reading and unpacking of
files in general (`pipeline.files`), mixtures and tokenizers (`pipeline.prepare`).
"""
