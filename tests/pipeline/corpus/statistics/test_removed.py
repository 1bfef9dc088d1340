import random

import pytest

from langs.errors import InputError
from pipeline.corpus.statistics import removed
from pipeline.corpus.statistics.removed import Sample, smallest


def pages(count: int) -> list[tuple[str, str, str, str]]:
    return [("language", "low", f"http://a.org/{n}", f"text {n}") for n in range(count)]


def test_the_same_examples_whatever_the_order_and_the_files():
    made = pages(500)
    one = Sample()
    for page in made:
        one.add(*page)
    random.Random(1).shuffle(made)
    parts = []
    for start in range(0, 500, 100):
        part = Sample()
        for page in made[start : start + 100]:
            part.add(*page)
        parts.append(part.examples()[0][1])
    ((key, kept),) = one.examples()
    assert key == ("language", "low", "")
    assert len(kept) == 20
    assert smallest([smallest(parts[:2]), smallest(parts[2:])]) == kept


def test_texts_are_cut_and_keys_apart():
    sample = Sample()
    sample.add("bad_words", "bad_word", "http://a", "x" * 5000, "sw")
    sample.add("bad_words", "bad_word", "http://a", "y", "en")
    (english, _), (swahili, [example]) = sample.examples()
    assert (english[2], swahili[2]) == ("en", "sw")
    assert example.text == "x" * 1000


def test_pages_get_their_language_when_they_are_written(tmp_path):
    sample = Sample()
    sample.add("page_rules", "few_long_lines", "http://a", "habari")
    sample.add("bad_words", "bad_word", "http://b", "bad", "en")
    sample.add("lines", "policy", "http://c", "cookies")
    removed.write(tmp_path, sample.examples(), lambda text: ("sw", 0.9))
    found = {
        rule: list(removed.read(tmp_path, rule)) for rule in ("page_rules", "bad_word", "policy")
    }
    assert [row["language"] for rows in found.values() for row in rows] == ["sw", "en", None]
    assert found["page_rules"][0]["filter"] == "page_rules"
    assert found["page_rules"][0]["reason"] == "few_long_lines"


def test_a_rule_that_removed_nothing_is_told_with_those_that_did(tmp_path):
    sample = Sample()
    sample.add("lines", "policy", "http://c", "cookies")
    removed.write(tmp_path, sample.examples(), lambda text: (None, 0.0))
    with pytest.raises(InputError, match="by 'polices'; use one of: lines, policy"):
        list(removed.read(tmp_path, "polices"))
