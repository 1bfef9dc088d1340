import gzip
import json

import pytest

from langs.errors import InputError
from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.rules.contamination import EvaluationSets

WORDS = [f"w{number}" for number in range(40)]
EXAMPLE = " ".join(WORDS[:20])  # 8 runs of 13 words
CHINESE = "人人生而自由在尊严和权利上一律平等他们赋有理性和良心并应以兄弟关系的精神相对待"


@pytest.fixture
def sets(tmp_path):
    (tmp_path / "a.txt").write_text(f"Too short to be told from chance.\n{EXAMPLE}\n")
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(f"1\tx\t{CHINESE}\n".encode()))
    row = {"q": {"text": " ".join(WORDS[20:36])}, "n": [1, "", None]}
    (tmp_path / "c.jsonl").write_text(f"\n{json.dumps(row)}\n")
    names = ["a.txt", "b.tsv.gz", "c.jsonl"]
    return [str(tmp_path / name) for name in names]


def find(sets, text, share=0.0, words=13):
    found = EvaluationSets(
        Cleaning(evaluation_files=sets, max_evaluation_share=share, evaluation_run_words=words)
    ).find(text)
    return found and (found.name, found.line, found.share)


def test_a_run_of_13_words_is_enough(sets):
    assert find(sets, f"Before {' '.join(WORDS[:13]).upper()}, after") == ("a.txt", 2, 1 / 8)
    assert find(sets, f"Before {' '.join(WORDS[:12])} after") is None
    assert find(sets, "Too short to be told from chance.") is None
    assert find(sets, "") is None


def test_every_format_is_read(sets):
    assert find(sets, f"又说：{CHINESE}。") == ("b.tsv.gz", 1, 1)
    assert find(sets, f"又说：{CHINESE[:26]}。") == ("b.tsv.gz", 1, 1 / (len(CHINESE) - 25))
    assert find(sets, CHINESE[:25]) is None
    assert find(sets, " ".join(WORDS[20:36])) == ("c.jsonl", 2, 1)


def test_share_of_an_example(sets):
    half = " ".join(WORDS[:16])  # 4 of 8 runs
    assert find(sets, half, share=0.4) == ("a.txt", 2, 0.5)
    assert find(sets, half, share=0.5) is None
    assert find(sets, half, share=0.5, words=8) == ("a.txt", 2, 9 / 13)


def test_the_example_of_which_most_is_there_is_named(sets):
    assert find(sets, f"{' '.join(WORDS[:14])} x {' '.join(WORDS[20:36])}") == ("c.jsonl", 2, 1)


def test_without_files_nothing_is_found():
    assert EvaluationSets(Cleaning()).find(EXAMPLE) is None


def test_files_that_cannot_be_read(tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"a": 1}\n{"a"')
    with pytest.raises(InputError, match=r"bad.jsonl: line 2 is not JSON"):
        find([str(bad)], "")
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(b"text")[:-4])
    with pytest.raises(InputError, match=r"x.txt.gz is damaged"):
        find([str(tmp_path / "x.txt.gz")], "")
