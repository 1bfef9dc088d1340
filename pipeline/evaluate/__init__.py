"""Metrics of runs to a typed report: gains by language, intervals, routing. No page, no table.

    metrics.jsonl, validation.npz, routing.npz -> runs/ -> pair, comparison -> report.json
                                         intervals/ (seeds, text)    routing/ (experts, languages)

Comes in: measures and their uncertainty, as plain functions of typed runs. Stays out: HTML, tables
and rounding (`pipeline.report`), and trained weights.
"""
