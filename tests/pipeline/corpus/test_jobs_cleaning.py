"""The corpus job with the rules that came after mC4."""

import dataclasses
import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from wet_files import packed, record

from langs.errors import InputError
from pipeline.corpus.config import CorpusConfig, preset
from pipeline.corpus.documents import read_documents
from pipeline.corpus.duplicates.hashes import url_digest
from pipeline.corpus.job import TIMING, make_corpus

STORY = (
    "the harbour committee heard on Tuesday how many ships had come in during long winter and what "
    "their captains told people of town about weather out at sea while old men sat by fire mending "
    "nets or reading letters from far away countries where sons and daughters had gone to live"
)
CONFIG = dataclasses.replace(
    preset("modern"),
    min_long_lines=1,
    min_line_characters=30,
    min_pages_per_language=1,
    validation_share=0.0,
)


def english(seed: object, sentences: int = 6) -> str:
    """English lines that no other seed gives."""
    chance = random.Random(str(seed))
    lines = [" ".join(chance.choices(STORY.split(), k=14)).capitalize() for _ in range(sentences)]
    return "\n".join(f"{line} {seed}." for line in lines)


def write(folder: Path, pages: dict[str, str], files: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    records = [record(url, text) for url, text in pages.items()]
    for number in range(files):
        (folder / f"{number}.wet.gz").write_bytes(packed(records[number::files]))


def make(folder: Path, pages: dict[str, str], **settings: Any) -> tuple[dict[str, Any], dict]:
    """Run the job; its statistics and the texts by URL."""
    write(folder, pages)
    config = dataclasses.replace(CONFIG, **settings)
    found = make_corpus([f"{folder}/*.wet.gz"], folder / "out", config)
    files = (folder / "out" / "documents").rglob("*.zst")
    return found, {doc["url"]: doc["text"] for path in files for doc in read_documents(path)}


def went(statistics: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Reasons by filter, of a funnel that closes."""
    steps = statistics["funnel"]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        assert step["pages_in"] == step["pages_out"] + sum(step["reasons"].values())
        assert following is None or following["pages_in"] == step["pages_out"]
    return {step["filter"]: step["reasons"] for step in steps if step["reasons"]}


def test_every_rule_drops_its_pages_and_the_funnel_closes(tmp_path):
    (tmp_path / "hosts").write_text("bad.org\n")
    (tmp_path / "words").write_text("casino\n")
    (tmp_path / "test.tsv").write_text(f"x\t{english('exam', 1)}\n")
    base = english("base", 12)
    pages = {
        "http://x.bad.org/": english("a"),
        "http://a.org/casino/1": english("b"),
        "http://a.org/base": base,
        "http://a.org/near": f"{base}\nOne more line at its end.",
        "http://a.org/script": english("c", 2) + "\n" + "κόσμος άνθρωπος " * 30,
        "http://a.org/again": english("d") + "\n" + "buy this thing now " * 30,
        "http://a.org/short": "Only these few words about the harbour are here.",
        "http://a.org/exam": english("exam", 1) + "\nAsk a@b.org.\n" + english("e"),
        "http://a.org/mail": english("f")
        + "\nWrite to someone@example.com or call +44 20 7946 0958.",
        "http://a.org/bytes": english("g")
        + "\nThe soft\u00adly hyphenated cafÃ© of the young soprano.",
    }
    statistics, texts = make(
        tmp_path,
        pages,
        blocked_address_files=[str(tmp_path / "hosts")],
        blocked_word_files=[str(tmp_path / "words")],
        evaluation_files=[str(tmp_path / "test.tsv")],
        min_language_probability=0.0,
        min_script_share=0.8,
    )
    assert went(statistics) == {
        "blocked_urls": {"address": 1, "word": 1},
        "near_duplicates": {"copy": 1},
        "script": {"other_script": 1},
        "repetition": {"top_2_gram": 1},
        "quality": {"few_words": 1},
        "contamination": {"test.tsv": 1},
    }
    assert statistics["masked"] == {"email": 1, "phone": 1}
    assert texts["http://a.org/mail"].endswith(
        "Write to |||EMAIL_ADDRESS||| or call |||PHONE_NUMBER|||."
    )
    assert texts["http://a.org/bytes"].endswith("The softly hyphenated café of the young soprano.")
    assert len({"http://a.org/base", "http://a.org/near"} & set(texts)) == 1
    removed = (tmp_path / "out" / "removed" / "contamination.jsonl").read_text()
    assert "Ask |||EMAIL_ADDRESS|||." in json.loads(removed)["text"]
    assert json.loads(removed)["detail"] == "line 1: 100% of its runs"


def test_repetition_is_measured_without_duplicate_lines(tmp_path):
    """A menu that stands twice on a page is not its text; where lines may repeat, it is."""
    pages = {
        "http://a.org/menu": english("menu", 8)
        + "\n"
        + english("story")
        + "\n"
        + english("menu", 8)
    }
    _, texts = make(tmp_path / "without", pages)
    assert texts == {"http://a.org/menu": english("menu", 8) + "\n" + english("story")}
    pages["http://a.org/other"] = english("other")
    statistics, texts = make(tmp_path / "with", pages, drop_duplicate_lines=False)
    assert went(statistics) == {"repetition": {"duplicate_lines": 1}}
    assert texts == {"http://a.org/other": english("other")}


@pytest.mark.parametrize("name", ["mc4", "c4", "modern", "sample"])
def test_bad_words_cost_pages_of_all_presets_but_modern(tmp_path, name):
    pages = {
        "http://a.org/bad": english("bad")
        + "\nSome say anus on a web page now, and more words than five."
    }
    pages["http://a.org/good"] = english("good")
    short = {"min_long_lines": 1, "min_line_characters": 30, "min_pages_per_language": 1}
    write(tmp_path, pages)
    config = dataclasses.replace(preset(name), **short)
    statistics = make_corpus([f"{tmp_path}/*.wet.gz"], tmp_path / "out", config, 1)
    assert went(statistics) == ({} if name == "modern" else {"bad_words": {"bad_word": 1}})


def test_limits_of_one_language(tmp_path):
    (tmp_path / "limits.yaml").write_text("de: {min_words: 5}\n")
    german = "Der Hafenmeister erzählte dem Ausschuss am Dienstag, was er gesehen hatte."
    pages = {
        "http://de": german,
        "http://en": "The harbour master told the committee a few things.",
    }
    statistics, texts = make(tmp_path, pages, language_limits=str(tmp_path / "limits.yaml"))
    assert set(texts) == {"http://de"}
    assert went(statistics)["quality"] == {"few_words": 1}


PLAIN = {
    "near_duplicate_likeness": 0.0,
    "min_words": 0,
    "max_duplicate_line_share": 0.0,
    "max_duplicate_line_character_share": 0.0,
    "max_top_run_shares": [],
    "max_duplicate_run_shares": [],
}


def line(text: str, number: object) -> str:
    return english(f"{text}{number}", 1)


def test_runs_of_lines_go_together(tmp_path):
    shared = [line("shared", n) for n in range(3)]
    pages = {
        "http://a.org/1": "\n".join([line("a", 1), *shared, line("a", 2)]),
        "http://a.org/2": "\n".join([line("b", 1), *shared, line("b", 2)]),
        "http://a.org/3": "\n".join([line("c", 1), *shared[:2], line("c", 2)]),
    }
    statistics, texts = make(tmp_path, pages, duplicate_span_lines=3, **PLAIN)
    assert statistics["lines_removed"] == {"duplicate": 3}
    counts = [sum(each in text for each in shared) for text in texts.values()]
    assert sorted(counts) == [0, 2, 3]
    assert shared[0] in texts["http://a.org/3"]


def test_lines_that_differ_in_numbers_only_are_one_if_so_set(tmp_path):
    pages = {
        f"http://a.org/{n}": f"{english(n)}\nThis page was read by {n}000 people, so far!"
        for n in (1, 2, 3)
    }
    statistics, texts = make(tmp_path, pages, normalise_duplicate_lines=True, **PLAIN)
    assert statistics["lines_removed"] == {"duplicate": 2}
    assert sum("read by" in text for text in texts.values()) == 1
    assert make(tmp_path / "off", pages, **PLAIN)[0]["lines_removed"] == {}


def test_lines_of_copied_runs_go(tmp_path):
    notice = " ".join(f"word{n}" for n in range(40))
    pages = {
        f"http://a.org/{n}": f"{english(n)}\n{notice} and mister number{n}\nA short line of {n}."
        for n in (1, 2, 3)
    }
    statistics, texts = make(tmp_path, pages, max_copied_run_share=0.5, **PLAIN)
    assert statistics["lines_removed"] == {"duplicate": 2}
    assert sum(notice in text for text in texts.values()) == 1
    assert sum("A short line" in text for text in texts.values()) == 3
    assert (
        make(tmp_path / "much", pages, max_copied_run_share=0.97, **PLAIN)[0]["lines_removed"] == {}
    )


def planted(seed: int) -> dict[str, str]:
    """Pages in groups of near-duplicates, in a random order."""
    chance = random.Random(seed)
    pages = {}
    for group in range(12):
        lines = english(group, 14).split("\n")
        for copy in range(chance.randrange(1, 5)):
            kept = [line for line in lines if chance.random() > 0.06]
            pages[f"http://site{copy}.org/{group}"] = "\n".join(kept)
    return dict(chance.sample(sorted(pages.items()), len(pages)))


def five_words(text: str) -> set[tuple[str, ...]]:
    words = text.lower().replace(".", " ").split()
    return {tuple(words[start : start + 5]) for start in range(len(words) - 4)}


@pytest.mark.parametrize("seed", [2, 3])
def test_the_near_duplicates_that_plain_python_finds(tmp_path, seed):
    pages = planted(seed)
    sets = {url: five_words(text) for url, text in pages.items()}
    gone = {
        url
        for url, other in itertools.permutations(pages, 2)
        if url_digest(other) < url_digest(url)
        and len(sets[url] & sets[other]) >= 0.8 * len(sets[url] | sets[other])
    }
    _, texts = make(tmp_path, pages, drop_duplicate_lines=False)
    assert set(pages) - set(texts) == gone
    assert len(gone) > 3


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (TIMING, "_SUCCESS.json")
    }


def test_the_order_of_pages_and_files_and_the_number_of_workers_change_no_byte(tmp_path):
    config = dataclasses.replace(CONFIG, hash_buckets=5, max_copied_run_share=0.7)
    for name, files in (("a", 3), ("b", 1)):
        pages = planted(1)
        write(tmp_path / name, dict(reversed(pages.items())) if name == "b" else pages, files)
        make_corpus([f"{tmp_path}/{name}/*.wet.gz"], tmp_path / name / "out", config)
        config = dataclasses.replace(config, hash_buckets=1)
    make_corpus([f"{tmp_path}/a/*.wet.gz"], tmp_path / "a" / "two", config, workers=2)
    one, two, other = (content(tmp_path / name) for name in ("a/out", "a/two", "b/out"))
    documents = {name for name in one if name.startswith("documents")}
    assert one == two
    assert {name: one[name] for name in documents} == {name: other[name] for name in documents}
    statistics = json.loads(one["statistics.json"])
    assert statistics["funnel"] == json.loads(other["statistics.json"])["funnel"]
    assert went(statistics)["near_duplicates"]["copy"] > 5


def test_another_list_makes_another_corpus(tmp_path):
    (tmp_path / "hosts").write_text("bad.org\n")
    named = {"blocked_address_files": [str(tmp_path / "hosts")]}
    make(tmp_path, {"http://a.org": english(1)}, **named)
    (tmp_path / "hosts").write_text("worse.org\n")
    with pytest.raises(InputError, match="was made differently"):
        make(tmp_path, {"http://a.org": english(1)}, **named)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"blocked_word_files": ["/none"]}, "blocked_word_files: /none is not a file"),
        ({"language_limits": "/none"}, "language_limits: /none is not a file"),
        (
            {"near_duplicate_likeness": 1.5},
            "near_duplicate_likeness is 1.5: it must be from 0 to 1",
        ),
        ({"max_top_run_shares": [0.1, -1]}, "it must be at least 0"),
        ({"evaluation_run_words": 0}, "evaluation_run_words is 0: it must be at least 1"),
    ],
)
def test_settings_that_cannot_be(tmp_path, settings, why):
    with pytest.raises(InputError, match=why):
        make(tmp_path, {"http://a.org": english(1)}, **settings)


def test_a_bad_list_is_one_line_before_the_work(tmp_path):
    (tmp_path / "limits.yaml").write_text("th: [")
    with pytest.raises(InputError, match=r"language_limits: .*is not YAML") as caught:
        make(tmp_path, {"http://a.org": english(1)}, language_limits=str(tmp_path / "limits.yaml"))
    assert "\n" not in str(caught.value)


def test_the_new_rules_are_off_in_mc4_and_c4():
    off = CorpusConfig()
    names = [field.name for field in dataclasses.fields(CorpusConfig.__mro__[1])]
    for name in ("mc4", "c4", "sample"):
        assert all(getattr(preset(name), each) == getattr(off, each) for each in names)
        assert not any(getattr(preset(name), each) for each in names if each.startswith("mask"))
