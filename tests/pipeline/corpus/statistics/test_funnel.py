import pytest

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.split import LanguageSize
from pipeline.corpus.statistics.funnel import FILTERS, describe, summarise

COUNTS = {
    ("found",): 10,
    ("dropped", "read", "no_url"): 2,
    ("dropped", "page_rules", "few_long_lines"): 3,
    ("dropped", "page_rules", "curly_bracket"): 0,
    ("lines", "policy"): 5,
    ("kept", "en", "train", "documents"): 3,
    ("kept", "en", "train", "bytes"): 300,
    ("kept", "en", "validation", "documents"): 1,
}
SIZES = {"en": LanguageSize(4), "de": LanguageSize(1)}
CONFIG = CorpusConfig(min_pages_per_language=2)


def test_the_funnel_follows_the_filters_and_closes():
    found = summarise(COUNTS, SIZES, CONFIG)
    assert [row["filter"] for row in found["funnel"]] == [
        "read",
        "page_length",
        "duplicate_urls",
        "page_rules",
        "duplicate_pages",
        "duplicate_lines",
        "language",
        "bad_words",
        "pages_per_language",
    ]
    by_name = {row["filter"]: row for row in found["funnel"]}
    assert by_name["page_rules"] == {
        "filter": "page_rules",
        "pages_in": 8,
        "pages_out": 5,
        "reasons": {"few_long_lines": 3},
    }
    assert by_name["pages_per_language"]["reasons"] == {"few_pages": 1}
    assert found["dropped_languages"] == {"de": 1}
    assert found["rejected"] == {"records": 2, "reasons": {"no_url": 2}}
    assert found["lines_removed"] == {"policy": 5}
    assert found["languages"]["en"]["train"] == {
        "documents": 3,
        "lines": 0,
        "characters": 0,
        "bytes": 300,
    }


def test_filters_that_are_off_unless_set_are_in_the_funnel_where_they_are_on():
    config = CorpusConfig(min_pages_per_language=2, near_duplicate_likeness=0.8)
    counts = {**COUNTS, ("dropped", "near_duplicates", "copy"): 1, ("found",): 11}
    found = summarise(counts, SIZES, config)
    names = [row["filter"] for row in found["funnel"]]
    assert set(names) <= set(FILTERS)
    assert found["funnel"][names.index("near_duplicates")]["reasons"] == {"copy": 1}
    assert names.index("near_duplicates") == names.index("duplicate_pages") + 1


def test_a_page_that_got_lost_is_an_error():
    with pytest.raises(AssertionError, match="funnel ends at 5, written: 4"):
        summarise({**COUNTS, ("found",): 11}, SIZES, CONFIG)


def test_the_table_ends_in_what_is_kept():
    lines = describe(summarise(COUNTS, SIZES, CONFIG)).splitlines()
    assert len(lines) == 9 + 2
    assert lines[1].split() == ["read", "10", "8", "no_url", "2"]
    assert lines[-1] == "4 of 10 pages kept, in 1 languages"
