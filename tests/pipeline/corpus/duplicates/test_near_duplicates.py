import random
from pathlib import Path

import numpy as np
import pytest

from pipeline.corpus.candidates import Candidate, CandidateWriter
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates import near_duplicates
from pipeline.corpus.duplicates.minhash import shingles
from pipeline.corpus.duplicates.near_duplicates import BAND, band_file, near_copies
from pipeline.corpus.duplicates.shingle_files import ShingleReader, ShingleWriter
from pipeline.corpus.steps.scan import candidates_path
from pipeline.stages.frames import replacing

CONFIG = CorpusConfig(near_duplicate_likeness=0.8)
WORDS = [f"word{number}" for number in range(1000)]


def words(seed: int, count: int = 100) -> list[str]:
    return random.Random(seed).choices(WORDS, k=count)


def write_shingles(work: Path, files: dict[int, dict[int, str]]) -> ShingleReader:
    for number, pages in files.items():
        with ShingleWriter(work, number) as writer:
            for page, text in pages.items():
                writer.add(page, shingles(text, 5))
    return ShingleReader(work)


def test_the_shingles_of_any_page_can_be_read_alone(tmp_path):
    files = {0: {1: "a b c d e f", 7: "...", 9: "g h"}, 3: {0: "x"}}
    reader = write_shingles(tmp_path, files)
    for number, pages in files.items():
        for page, text in reversed(pages.items()):
            assert (reader.read(number, page) == shingles(text, 5)).all()


def gone(rows, reader, least=0.8) -> list[tuple[int, int]]:
    found = near_copies(np.array(rows, BAND), least, reader)
    return list(zip(found["file"].tolist(), found["page"].tolist(), strict=True))


def test_of_near_duplicates_that_share_a_band_the_smallest_url_stays(tmp_path):
    page = words(1)
    near, other = " ".join([*page, "end"]), " ".join(page[:40] + words(2))
    reader = write_shingles(tmp_path, {0: {0: " ".join(page), 1: near}, 1: {0: other}})
    #        band url file page
    rows = [
        (5, 30, 0, 0),
        (5, 20, 0, 1),
        (5, 10, 1, 0),
        (6, 30, 0, 0),
        (6, 20, 0, 1),
        (7, 10, 1, 0),
    ]
    assert gone(rows, reader) == [(0, 0)]
    assert gone(rows[3:], reader) == [(0, 0)]
    assert gone([rows[0], rows[5]], reader) == []  # no band in common
    assert gone(rows, reader, least=0.995) == []
    assert gone(rows[:0], reader) == []


def test_a_page_goes_also_for_one_that_goes_itself(tmp_path):
    chain = [" ".join(words(3)[start : start + 90]) for start in (0, 5, 10)]
    assert all(len(shingles(text, 5)) == 86 for text in chain)  # 81 of 91 alike, then 76 of 96
    reader = write_shingles(tmp_path, {0: dict(enumerate(chain))})
    assert gone([(5, url, 0, url) for url in range(3)], reader) == [(0, 1), (0, 2)]


def test_the_order_of_rows_changes_nothing(tmp_path):
    chance = random.Random(4)
    bases = [words(seed) for seed in range(4)]
    texts = []
    for number in range(40):
        text = list(bases[number % 4])
        for place in chance.sample(range(100), number // 4):
            text[place] = "x"
        texts.append(" ".join(text))
    reader = write_shingles(tmp_path, {0: dict(enumerate(texts))})
    rows = [(band, page * 7 % 40, 0, page) for page in range(40) for band in (page % 4, 9)]
    expected = gone(rows, reader)
    assert 5 < len(expected) < 36
    assert sorted(gone(chance.sample(rows, len(rows)), reader)) == sorted(expected)


def test_pages_of_a_crowded_band_are_compared_with_the_smallest_urls_only(tmp_path, monkeypatch):
    monkeypatch.setattr(near_duplicates, "_MOST_COMPARED", 2)
    texts = [" ".join(words(seed)) for seed in (1, 2, 3, 3, 2)]
    reader = write_shingles(tmp_path, {0: dict(enumerate(texts))})
    assert gone([(5, url, 0, url) for url in range(5)], reader) == [(0, 4)]


def test_band_rows_of_a_file(tmp_path):
    (tmp_path / "candidates").mkdir()
    text = " ".join(words(5))
    pages = [(0, "http://a.org", text), (2, "http://b.org", text), (5, "http://c.org", "...")]
    with replacing(candidates_path(tmp_path, 8)) as stream:
        writer = CandidateWriter(stream)
        for number, url, body in pages:
            writer.add(Candidate(number, url, "", body))
        writer.close()
    rows = band_file(8, np.array([], int), tmp_path, CONFIG)
    assert rows["page"].tolist() == [0] * 20 + [2] * 20
    assert (rows["band"][:20] == rows["band"][20:]).all()
    assert set(rows["file"].tolist()) == {8}
    assert len(set(rows["url"].tolist())) == 2
    assert set(band_file(8, np.array([0]), tmp_path, CONFIG)["page"].tolist()) == {2}
    with pytest.raises(FileNotFoundError):
        band_file(9, np.array([], int), tmp_path, CONFIG)
