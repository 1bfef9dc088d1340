"""Rules that decide about one page or one line: pure functions, each with its own setting.

    repair -> line_rules, blocklist, repetition         (no language needed: steps/scan)
    judge: badwords, quality, language_limits, ...      (in the page's language: steps/finish)

Comes in: a rule with its source (paper, table). Stays out: rules that compare pages
(`duplicates`), files and counts.
"""
