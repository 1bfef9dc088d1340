import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.duplicates import hashes as deduplicate
from pipeline.corpus.duplicates.hashes import LINE, PAGE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/a/", "example.org/a"),
        ("http://example.org/a?utm_source=x", "example.org/a"),
        ("http://example.org/a?id=3", "example.org/a?id=3"),
        ("ftp://example.org", "ftp://example.org"),
    ],
)
def test_normalised_url(url, expected):
    assert deduplicate.normalised_url(url) == expected


def test_digest_is_md5_of_the_normalised_url():
    expected = hashlib.md5(b"example.org/a").digest()
    assert deduplicate.url_digest("https://www.example.org/a/") == expected


def test_the_newest_version_stays():
    #                    url time text fault file page
    pages = np.array(
        [(1, 5, 0, 0, 0, 0), (1, 7, 0, 0, 1, 0), (2, 1, 0, 0, 0, 1), (1, 6, 0, 0, 2, 0)], PAGE
    )
    assert deduplicate.older_versions(pages).tolist() == [True, False, False, True]


def test_the_copy_with_the_smallest_url_stays():
    pages = np.array([(9, 0, 4, 0, 0, 0), (3, 0, 4, 0, 1, 0), (1, 0, 5, 0, 0, 1)], PAGE)
    assert deduplicate.copied_pages(pages).tolist() == [True, False, False]


def test_hashes_of_lines_and_of_runs_of_lines():
    lines = ["One two", "three", "ONE TWO", "Three"]
    hashes = deduplicate.line_hashes(lines, 1, normalise=False)
    assert hashes[:2] == hashes[2:]
    assert hashes[0] == deduplicate.text_hash("one two")
    pairs = deduplicate.line_hashes(lines, 2, normalise=False)
    assert len(pairs) == 3
    assert pairs[0] == pairs[2] != pairs[1]
    assert deduplicate.line_hashes(lines[:2], 3, normalise=False) == []


def test_lines_that_differ_in_digits_and_punctuation_only():
    lines = ["Page 12 of 34", "page 56, of “78”!", "page 5 of 78", "página 12 of 34", "पृष्ठ १२।"]
    hashes = deduplicate.line_hashes(lines, 1, normalise=True)
    assert hashes[0] == hashes[1] == deduplicate.text_hash("page 00 of 00")
    assert len(set(hashes)) == 4
    assert hashes[4] == deduplicate.text_hash("पृष्ठ 00")


def test_a_line_stays_once_on_the_page_with_the_smallest_url():
    #                   text url file page line
    lines = np.array([(4, 9, 0, 0, 0), (4, 3, 1, 0, 1), (4, 3, 1, 0, 0), (5, 9, 0, 0, 1)], LINE)
    assert deduplicate.copied_lines(lines).tolist() == [True, True, False, False]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=30), st.randoms())
def test_what_stays_depends_on_no_order(values, random):
    rows = [(text, url, 0, 0, number) for number, (text, url) in enumerate(values)]
    shuffled = random.sample(rows, len(rows))
    stays = []
    for order in (rows, shuffled):
        lines = np.array(order, LINE)
        stays.append(sorted(lines[~deduplicate.copied_lines(lines)].tolist()))
    assert stays[0] == stays[1]
    assert [line[0] for line in stays[0]] == sorted({text for text, _ in values})
    for text, url, *_ in stays[0]:
        assert url == min(u for t, u in values if t == text)


def test_buckets_keep_equal_hashes_together_and_lose_nothing():
    lines = np.zeros(1000, LINE)
    lines["text"] = np.random.default_rng(0).integers(0, 100, 1000)
    parts = dict(deduplicate.by_bucket(lines, "text", 8))
    assert set(parts) == set(range(8))
    assert all(set(part["text"] % 8) == {bucket} for bucket, part in parts.items())
    assert sum(map(len, parts.values())) == 1000


def test_by_file():
    lines = np.zeros(5, LINE)
    lines["file"] = [3, 1, 3, 1, 7]
    assert {file: len(part) for file, part in deduplicate.by_file(lines)} == {1: 2, 3: 2, 7: 1}
    assert not list(deduplicate.by_file(lines[:0]))
