"""A typed report as files to look at: HTML page, Markdown, CSV, LaTeX, SVG and PNG figures.

    evaluate -> report.json -> runs/, routing/ -> report/index.html, README.md, *.csv, tables.tex
    score    -> score.json  -> scores/         -> scores/index.html, ...

Comes in: layout, wording and rounding. Stays out: every measure; a number that a page shows is
computed in `pipeline.evaluate` or `pipeline.translation.score`.
"""
