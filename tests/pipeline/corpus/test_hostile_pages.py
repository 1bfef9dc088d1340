"""Pages of a million characters made to be slow: with quadratic time each would take hours."""

import pytest

from pipeline.corpus.config import preset
from pipeline.corpus.duplicates.copied_lines import line_runs
from pipeline.corpus.duplicates.hashes import line_hashes
from pipeline.corpus.duplicates.minhash import band_hashes, banding, shingles
from pipeline.corpus.rules.blocklist import address_starts
from pipeline.corpus.rules.quality import quality_fault
from pipeline.corpus.rules.repair import repaired
from pipeline.corpus.rules.repetition import repetition_fault

MODERN = preset("modern")
UNITS = ["1", "a ", "Ã¼", "Ã¼\n", "\u0301", "ก่", "的", ".", "#", "...", "-\n", "x/", "//", "a.b/"]


@pytest.mark.parametrize("unit", UNITS)
def test_every_rule_is_done_with_it(unit):
    page = unit * (1_000_000 // len(unit))
    text = repaired(page, MODERN)
    assert text == page or (unit.startswith("Ã") and "ü" in text)
    lines = text.strip().split("\n")
    assert repetition_fault(lines, MODERN) or quality_fault(lines, MODERN)
    assert len(shingles(text, 5)) <= 3
    assert band_hashes(shingles(text, 5), banding(0.8)).shape == (20,)
    assert len(set(line_runs(text, 13)[0].tolist())) <= 2
    assert len(set(line_hashes(lines, 1, normalise=True))) == 1
    assert len(address_starts(f"http://{page}")) <= 130
