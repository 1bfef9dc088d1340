"""Rules that compare pages or lines with all others: by 64-bit hashes, exactly or by MinHash.

    hashes, hash_rows: equal URLs, pages, lines    copied_lines: paragraphs copied in part
    minhash -> shingle_files -> near_duplicates: pages that are nearly the same

Comes in: functions on NumPy blocks of hashes. Stays out: text, which never goes through a shuffle.
"""
