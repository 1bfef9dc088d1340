"""Records of a corpus job: counts, examples of removed text, the data card.

    counts, beam_metrics -> statistics.json    removed -> removed/    data_card -> README.md

Comes in: everything that tells a reader what happened to the pages. Stays out: decisions about
pages; nothing here changes a document.
"""
