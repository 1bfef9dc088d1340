"""Gopher's rules against pages that repeat themselves (arXiv 2112.11446, table A1).

Gopher measures the text that is trained on, so here too a page is measured as it would be written,
without the lines that other rules have removed. As in FineWeb's code, a repeat is an occurrence
after the first, and repetition comes before quality. The lines of a page stand for paragraphs too,
as blank lines are not kept. Words and runs of words are those of `tokens`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.duplicates.words import Hashes, Tokens, runs, tokens

_SHORTEST_TOP, _SHORTEST_DUPLICATE = 2, 5  # words of the runs that the first limit is for


def repetition_fault(lines: Sequence[str], limits: Cleaning) -> str | None:
    """The first limit that the page breaks, by name, or None."""
    in_lines, in_characters = duplicate_line_shares(lines)
    if 0 < limits.max_duplicate_line_share < in_lines:
        return "duplicate_lines"
    if 0 < limits.max_duplicate_line_character_share < in_characters:
        return "duplicate_line_characters"
    if not limits.max_top_run_shares and not limits.max_duplicate_run_shares:
        return None
    page_tokens = tokens("\n".join(lines))
    for words, most in enumerate(limits.max_top_run_shares, _SHORTEST_TOP):
        if 0 < most < top_run_share(page_tokens, words):
            return f"top_{words}_gram"
    for words, most in enumerate(limits.max_duplicate_run_shares, _SHORTEST_DUPLICATE):
        share = duplicate_run_share(page_tokens, words)
        if 0 < most < share:
            return f"duplicate_{words}_grams"
        if share <= min(limits.max_duplicate_run_shares):
            break  # longer runs repeat where shorter ones do
    return None


def duplicate_line_shares(lines: Sequence[str]) -> tuple[float, float]:
    """The share of the lines that are repeats, and of the characters that are in these."""
    seen: set[str] = set()
    repeats = [line for line in lines if line in seen or seen.add(line)]  # type: ignore[func-returns-value]
    characters = sum(map(len, lines))
    return len(repeats) / max(len(lines), 1), sum(map(len, repeats)) / max(characters, 1)


def top_run_share(page_tokens: Tokens, words: int) -> float:
    """The share of the characters that the most frequent run of so many words takes.

    0 if none is there twice. Of runs equally frequent the longest counts.
    """
    length = page_tokens.run_length(words)
    hashes = runs(page_tokens.hashes, length)
    if not len(hashes):
        return 0.0
    _, firsts, counts = np.unique(hashes, return_index=True, return_counts=True)
    if counts.max() < 2:
        return 0.0
    ends = np.concatenate(([0], np.cumsum(page_tokens.lengths)))
    top = firsts[counts == counts.max()]
    characters = (ends[top + length] - ends[top]).max() * counts.max()
    return float(characters / ends[-1])


def duplicate_run_share(page_tokens: Tokens, words: int) -> float:
    """The share of the characters that are in a run of so many words that was there before."""
    length = page_tokens.run_length(words)
    repeats = _repeats(runs(page_tokens.hashes, length))
    if not len(repeats):
        return 0.0
    changes = np.zeros(len(page_tokens.hashes) + 1, np.intp)
    np.add.at(changes, repeats, 1)
    np.add.at(changes, repeats + length, -1)
    covered = np.cumsum(changes[:-1]) > 0  # overlapping runs count once
    return float(page_tokens.lengths[covered].sum() / page_tokens.lengths.sum())


def _repeats(hashes: Hashes) -> NDArray[np.intp]:
    """True for each value that occurred before."""
    is_repeat = np.ones(len(hashes), bool)
    is_repeat[np.unique(hashes, return_index=True)[1]] = False
    return np.flatnonzero(is_repeat)
