"""The corpus job from WET files to documents, on a handful of pages."""

import dataclasses
import errno
import hashlib
import json
import random
from pathlib import Path

import pytest
from corpus_jobs import (
    CONFIG,
    assert_closed,
    content,
    documents,
    make,
    many_pages,
    reasons,
    sentence,
    text,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from wet_files import packed, record

from langs.errors import InputError
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.documents import read_documents
from pipeline.corpus.duplicates.hash_rows import pages_path, read_blocks
from pipeline.corpus.duplicates.hashes import PAGE, normalised_url, url_digest
from pipeline.corpus.job import TIMING, make_corpus
from pipeline.corpus.steps import scan


def test_every_page_goes_where_it_should(tmp_path):
    russian = (
        "Все люди рождаются свободными и равными в своём достоинстве и правах.\n"
        "Они наделены разумом и совестью и должны поступать в духе братства.\n"
        "Каждый человек имеет право на жизнь, на свободу и на неприкосновенность.\n"
    )
    first = packed(
        [
            record("http://info", "about this file", kind="warcinfo"),
            record("http://a.org/kept", f"Menu\n{text(1, 2, 3)}\nWe use cookies on this site."),
            record("http://a.org/page", text("old1", "old2", "old3"), date="2020-01-01T00:00:00Z"),
            record("http://a.org/code", text(4, 5, 6) + "\nfunction() { return 1 }"),
            record("http://a.org/lorem", text(7, 8, 9) + "\nLorem ipsum dolor sit amet."),
            record("http://a.org/short", text(10, 11)),
            record("http://a.org/menu", "Home\nAbout\nContact"),
            record("http://a.org/long", text(*range(10_000, 13_000))),
            record("http://a.org/bad", text(12, 13, 14) + "\nSome say anus on a web page now."),
        ]
    )
    second = packed(
        [
            record("https://www.a.org/page/", text(20, 21, 22), date="2024-01-01T00:00:00Z"),
            record("http://b.org/ru", russian),
            record("http://b.org/utf", b"\xff\xfe\xfd"),
        ]
    )
    statistics, kept = make(tmp_path, first, second, b"not a gzip file")
    assert kept == {
        "http://a.org/kept": text(1, 2, 3),
        "https://www.a.org/page/": text(20, 21, 22),
        "http://b.org/ru": russian.strip(),
    }
    assert [(row["filter"], row["pages_in"], row["reasons"]) for row in statistics["funnel"]] == [
        ("read", 12, {"invalid_utf8": 1, "not_gzip": 1}),
        ("page_length", 10, {"too_long": 1}),
        ("duplicate_urls", 9, {"older": 1}),
        (
            "page_rules",
            8,
            {"curly_bracket": 1, "few_long_lines": 1, "lorem_ipsum": 1, "no_lines_left": 1},
        ),
        ("duplicate_pages", 4, {}),
        ("duplicate_lines", 4, {}),
        ("language", 4, {}),
        ("bad_words", 4, {"bad_word": 1}),
        ("pages_per_language", 3, {}),
    ]
    assert_closed(statistics)
    assert set(statistics["languages"]) == {"en", "ru"}
    assert statistics["languages"]["ru"]["train"] == {
        "documents": 1,
        "lines": 3,
        "characters": len(russian.strip()),
        "bytes": len(russian.strip().encode()),
    }
    assert statistics["lines_removed"]["policy"] == 1
    assert statistics["rejected"] == {"records": 2, "reasons": {"invalid_utf8": 1, "not_gzip": 1}}
    rejected = [
        json.loads(line)
        for path in sorted((tmp_path / "out" / "rejected").iterdir())
        for line in path.read_text().splitlines()
    ]
    assert [(Path(row["file"]).name, row["reason"]) for row in rejected] == [
        ("1.wet.gz", "invalid_utf8"),
        ("2.wet.gz", "not_gzip"),
    ]
    assert second[rejected[0]["offset"] :][:3] == b"\x1f\x8b\x08"


def test_a_document_says_what_the_contract_says(tmp_path):
    _, kept = make(tmp_path, packed([record("http://www.a.org/x/", text(1, 2, 3))]))
    (path,) = (tmp_path / "out" / "documents" / "en").glob("train-*")
    (document,) = read_documents(path)
    assert path.name == "train-00000-of-00001.jsonl.zst"
    assert document.pop("language_probability") >= 0.7
    assert document == {
        "text": text(1, 2, 3),
        "url": "http://www.a.org/x/",
        "timestamp": "2024-05-18T01:58:10Z",
        "language": "en",
        "id": hashlib.md5(b"a.org/x").hexdigest(),
    }
    assert len(kept) == 1


def test_duplicate_pages_and_lines_stay_on_the_page_with_the_smallest_url_hash(tmp_path):
    pages = {f"http://a.org/{n}": text("shared", *(f"{n}-{i}" for i in range(3))) for n in range(9)}
    pages |= {f"http://copy.org/{n}": text("c1", "c2", "c3") for n in range(5)}
    statistics, kept = make(tmp_path, packed([record(*page) for page in pages.items()]))
    copies = [url for url in pages if "copy" in url]
    assert [url for url in kept if "copy" in url] == [min(copies, key=url_digest)]
    assert reasons(statistics, "duplicate_pages") == {"copy": 4}
    others = [url for url in pages if "copy" not in url]
    with_shared = [url for url in others if sentence("shared") in kept[url]]
    assert with_shared == [min(others, key=url_digest)]
    assert statistics["lines_removed"] == {"duplicate": 8}


def test_pages_left_too_short_by_duplicate_lines_go(tmp_path):
    pages = [record(f"http://a.org/{n}", text("x", "y", n)) for n in range(4)]
    statistics, kept = make(tmp_path, packed(pages))
    assert len(kept) == 1
    assert reasons(statistics, "duplicate_lines") == {"few_long_lines": 3}
    assert_closed(statistics)


ALL_OFF = CorpusConfig(
    max_page_characters=0,
    drop_duplicate_urls=False,
    drop_duplicate_pages=False,
    drop_duplicate_lines=False,
    min_long_lines=0,
    min_language_probability=0,
    drop_bad_word_pages=False,
    min_pages_per_language=0,
    validation_share=0,
)


def test_with_every_rule_off_every_page_stays(tmp_path):
    texts = [
        text(1, 2, 3),
        text(1, 2, 3),
        "Home {",
        "anus",
        "lorem ipsum javascript",
        "long" * 60_000,
    ]
    made = packed([record("http://a.org/same", each) for each in texts])
    statistics, _ = make(tmp_path, made, config=ALL_OFF)
    assert statistics["funnel"][-1]["pages_out"] == len(texts)
    assert statistics["lines_removed"] == {}
    assert_closed(statistics)


def test_small_languages_go_and_are_named(tmp_path):
    english = [record(f"http://a.org/{n}", text(f"{n}a", f"{n}b", f"{n}c")) for n in range(5)]
    german = "Alle Menschen sind frei und gleich an Würde und Rechten geboren, überall und immer."
    config = dataclasses.replace(CONFIG, min_pages_per_language=2, min_long_lines=1)
    statistics, kept = make(
        tmp_path, packed([*english, record("http://de", german)]), config=config
    )
    assert statistics["dropped_languages"] == {"de": 1}
    assert reasons(statistics, "pages_per_language") == {"few_pages": 1}
    assert "http://de" not in kept
    assert not (tmp_path / "out" / "documents" / "de").exists()


def test_validation_has_its_minimum_and_both_parts_their_numbers(tmp_path):
    pages = [record(f"http://a.org/{n}", text(f"{n}a", f"{n}b", f"{n}c")) for n in range(7)]
    config = dataclasses.replace(CONFIG, min_validation_pages=2)
    statistics, _ = make(tmp_path, packed(pages), config=config)
    assert statistics["languages"]["en"]["validation"]["documents"] == 2
    assert statistics["languages"]["en"]["train"]["documents"] == 5


def test_shards_hold_ranges_of_ids_in_order(tmp_path):
    pages = [record(f"http://a.org/{n}", text(f"{n}a", f"{n}b", f"{n}c")) for n in range(60)]
    config = dataclasses.replace(CONFIG, shard_bytes=4_000, validation_share=0.1)
    statistics, kept = make(tmp_path, packed(pages[:30]), packed(pages[30:]), config=config)
    shards = sorted((tmp_path / "out" / "documents" / "en").glob("train-*"))
    assert [path.name for path in shards] == [f"train-{n:05d}-of-00004.jsonl.zst" for n in range(4)]
    ids = [doc["id"] for path in shards for doc in read_documents(path)]
    assert ids == sorted(ids)
    assert len(kept) == 60
    assert len(ids) == statistics["languages"]["en"]["train"]["documents"]


def test_the_order_of_pages_and_files_and_the_number_of_workers_change_no_byte(tmp_path):
    pages = many_pages(1)
    config = dataclasses.replace(CONFIG, shard_bytes=1000, hash_buckets=5, validation_share=0.2)
    make(tmp_path / "a", packed(pages[:50]), packed(pages[50:]), config=config)
    shuffled = random.Random(2).sample(pages, len(pages))
    make(tmp_path / "b", packed(shuffled), config=dataclasses.replace(config, hash_buckets=1))
    make_corpus([f"{tmp_path}/a/*.wet.gz"], tmp_path / "a" / "two", config, workers=2)
    one, two, other = (content(tmp_path / x) for x in ("a/out", "a/two", "b/out"))
    assert one == two
    for made in (one, other):
        made.pop("_SUCCESS.json")  # tells the input files
        statistics = json.loads(made.pop("statistics.json"))
        made["statistics"] = statistics | {"metrics": "tell of files, too"}
    assert one == other
    assert sum(name.startswith("documents") for name in one) > 2


def slow_reference(pages: list[bytes]) -> dict[str, str]:
    """mC4's steps one after the other with Python's own sets, on the records' texts."""
    newest: dict[str, tuple[str, str, str]] = {}
    for made in pages:
        header, _, body = made.decode().partition("\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in header.split("\r\n")[1:])
        url, lines = fields["WARC-Target-URI"], body.strip()
        found = (fields["WARC-Date"], lines, url)
        if normalised_url(url) not in newest or found[0] > newest[normalised_url(url)][0]:
            newest[normalised_url(url)] = found
    seen: set[str] = set()
    kept = {}
    for _, lines, url in sorted(newest.values(), key=lambda page: url_digest(page[2])):
        if sum(len(line) >= 30 for line in lines.split("\n")) < 3:
            continue
        fresh = [line for line in lines.split("\n") if not (line in seen or seen.add(line))]
        if sum(len(line) >= 30 for line in fresh) >= 3:
            kept[url] = "\n".join(fresh)
    return kept


@pytest.mark.parametrize("seed", [3, 4])
def test_the_same_as_a_slow_reference(tmp_path, seed):
    pages = many_pages(seed)
    _, kept = make(tmp_path, packed(pages[::2]), packed(pages[1::2]))
    assert kept == slow_reference(pages)
    assert len(kept) > 5


def damaged(draw, whole: bytes) -> bytes:
    """The bytes with up to 40 of them changed, and cut somewhere in the second half."""
    changed = bytearray(whole)
    for place in draw(st.lists(st.integers(0, len(changed) - 1), max_size=40)):
        changed[place] ^= draw(st.integers(1, 255))
    return bytes(changed[: draw(st.integers(len(changed) // 2, len(changed)))])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_one_file_loses_no_record_whatever_bytes_are_damaged(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("scan")
    for name in ("work/candidates", "work/rows", "work/scanned", "rejected"):
        (folder / name).mkdir(parents=True)
    (folder / "x.wet.gz").write_bytes(damaged(data.draw, packed(many_pages(5)[:40])))
    scanned = scan.scan_file(0, str(folder / "x.wet.gz"), folder / "work", CONFIG)
    gone = sum(n for key, n in scanned.counts.items() if key[:2] == ("dropped", "read"))
    told = [path.read_text().count("\n") for path in (folder / "rejected").iterdir()]
    (pages,) = read_blocks(pages_path(folder / "work", 0), PAGE)
    assert scanned.counts[("found",)] == len(pages) + gone
    assert sum(told) == gone


@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_counts_close_whatever_bytes_are_damaged(tmp_path_factory, data):
    bad = damaged(data.draw, packed(many_pages(5)))
    good = packed([record("http://good.org", text("g1", "g2", "g3"))])
    statistics, kept = make(tmp_path_factory.mktemp("x"), bad, good)
    assert_closed(statistics)
    assert "http://good.org" in kept


def test_beam_metrics_say_what_was_handled(tmp_path):
    pages = [record(f"http://a.org/{n}", text(f"{n}a", f"{n}b", f"{n}c")) for n in range(9)]
    statistics, _ = make(tmp_path, packed(pages[:3]), packed([*pages[3:], pages[3]]))
    found = statistics["metrics"]
    assert found["counters"]["candidates"] == 10
    assert found["counters"]["duplicate_pages_removed"] == 1
    assert found["distributions"]["pages_per_file"] == {"count": 2, "sum": 10, "min": 3, "max": 7}
    written = found["distributions"]["documents_per_shard"]
    assert written == {"count": 1, "sum": 9, "min": 9, "max": 9}
    kept = statistics["languages"]["en"]["train"]
    assert found["distributions"]["bytes_per_shard"]["sum"] == kept["bytes"]
    timing = json.loads((tmp_path / "out" / TIMING).read_text())
    assert timing["pages_per_second"] > 0


def test_a_complete_folder_is_left_as_it_is(tmp_path):
    made = packed([record("http://a.org", text(1, 2, 3))])
    first, _ = make(tmp_path, made)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    again, _ = make(tmp_path, made)
    assert again == first
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}


def test_parquet_holds_the_same_documents_in_the_same_order(tmp_path):
    pages = many_pages(7)
    config = dataclasses.replace(CONFIG, shard_bytes=1000, validation_share=0.2)
    _, kept = make(tmp_path, packed(pages), config=config)
    config = dataclasses.replace(config, output_format="parquet")
    make(tmp_path, config=config, name="parquet")
    make(tmp_path, config=dataclasses.replace(config, hash_buckets=3), name="again")
    assert content(tmp_path / "parquet") == content(tmp_path / "again")
    for name in ("en/train", "en/validation"):
        shards = [sorted(tmp_path.glob(f"{x}/documents/{name}*")) for x in ("out", "parquet")]
        assert len(shards[0]) == len(shards[1]) > 1
        read = [[doc for path in paths for doc in read_documents(path)] for paths in shards]
        assert read[0] == read[1]
    assert documents(tmp_path / "parquet") == kept


def test_another_configuration_or_input_is_refused(tmp_path):
    make(tmp_path, packed([record("http://a.org", text(1, 2, 3))]))
    with pytest.raises(InputError, match="min_words_per_line was 3 and is now 2"):
        make(tmp_path, config=dataclasses.replace(CONFIG, min_words_per_line=2))
    with pytest.raises(InputError, match="was made differently"):
        make(tmp_path, packed([record("http://a.org", text(4, 5, 6))]))


def test_inputs_that_do_not_exist(tmp_path):
    with pytest.raises(InputError, match=r"no file matches --input '.*none\*'"):
        make_corpus([f"{tmp_path}/none*"], tmp_path / "out", CONFIG)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"", r"no page is left of 1: read 1 \(empty_file\)"),
        (random.Random(0).randbytes(5000), r"read 1 \(not_gzip\)"),
        (packed([record("http://a.org", "Home")]), r"page_rules 1 \(no_lines_left\)"),
        (packed([record("http://x", "software: y", kind="warcinfo")]), "no page in the input"),
    ],
)
def test_nothing_left_says_why(tmp_path, bad, why):
    with pytest.raises(InputError, match=why):
        make(tmp_path, bad)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_one_clear_line_and_the_same_command_goes_on(tmp_path, monkeypatch):
    made = packed([record("http://a.org", text(1, 2, 3))])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/disk/x")

    with monkeypatch.context() as patch:
        patch.setattr(scan, "replacing", full)
        with pytest.raises(InputError, match=r"(?i)no space left on device.*/disk/x") as caught:
            make(tmp_path, made)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
    _, kept = make(tmp_path, made)
    assert list(kept) == ["http://a.org"]


@pytest.mark.parametrize(
    "options",
    [["--direct_running_mode", "multi_threading"], ["--worker=3"]],
)
def test_beam_options_that_cannot_work_are_refused(tmp_path, options):
    with pytest.raises(InputError, match=options[0]):
        make(tmp_path, packed([record("http://a.org", text(1, 2, 3))]), beam_options=options)
