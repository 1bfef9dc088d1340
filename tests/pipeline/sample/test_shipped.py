"""The sample as it lies in the repository."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path

import gcld3
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

import pipeline.sample
from langs.punctuation import ends_in_terminal_punctuation
from langs.registry import LANGUAGES, get

SAMPLE = Path(pipeline.sample.__file__).parent
WET = sorted((SAMPLE / "wet").glob("*.warc.wet.gz"))
WITH_BROKEN_MEMBERS = WET[-2]
CODE_OF = {code.lower(): code for code in LANGUAGES}


def read(path: Path) -> list[tuple[str, str, bool]]:
    """(address, text, digest is right) of the pages of a WET file."""
    pages = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.conversion):
            right = record.verify_block_digest()
            text = record.reader.read().decode("utf-8", errors="strict")
            pages.append((record.headers["WARC-Target-URI"], text, right))
    return pages


@pytest.fixture(scope="module")
def pages() -> list[tuple[str, str, bool]]:
    return [page for path in WET if path != WITH_BROKEN_MEMBERS for page in read(path)]


def code_of(url: str) -> str | None:
    host = url.split("/")[2].split(".")
    return CODE_OF[host[1]] if host[2:] == ["example", "org"] else None


def test_is_at_most_8_megabytes() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= 8_000_000


def test_every_record_parses_and_has_the_digest_it_names(pages) -> None:
    assert len(WET) == 9
    assert len(pages) > 2000
    assert all(right for _, _, right in pages)


def test_begins_with_a_warcinfo_record_and_has_a_gzip_member_for_each_record() -> None:
    for path in WET:
        with path.open("rb") as file:
            records = ArchiveIterator(file, parse_http=False)
            first = next(iter(records))
            assert first.record_type == WarcRecordType.warcinfo
            second = next(records).stream_pos
        assert gzip.decompress(path.read_bytes()[:second]).startswith(b"WARC/1.0\r\n")


def test_one_file_has_a_member_broken_in_its_middle() -> None:
    with pytest.raises(OSError, match="error"):
        read(WITH_BROKEN_MEMBERS)


def test_all_addresses_are_reserved_ones_but_the_genuine_page(pages) -> None:
    hosts = {url.split("/")[2] for url, _, _ in pages}
    genuine = {h for h in hosts if not h.endswith((".example.org", ".example.net"))}
    assert genuine == {"an.wikipedia.org"}


def test_at_least_100_tasks_have_pages_and_95_have_three_that_cld3_recognises(pages) -> None:
    detector = gcld3.NNetLanguageIdentifier(0, 2000)
    written: Counter[str] = Counter()
    recognised: Counter[str] = Counter()
    for url, text, _ in pages:
        code = code_of(url)
        if code is None:
            continue
        lines = [
            line
            for line in text.splitlines()
            if len(line) >= 30 and ends_in_terminal_punctuation(line, get(code).script)
        ]
        found = detector.FindLanguage("\n".join(lines))
        written[code] += 1
        recognised[code] += found.language == code and found.probability >= 0.7
    assert len(written) >= 100
    assert sum(count >= 3 for count in recognised.values()) >= 95


def test_noise_is_there_and_is_a_small_share(pages) -> None:
    addresses = Counter(url for url, _, _ in pages)
    assert max(addresses.values()) == 2  # a stale version
    texts = Counter(text for _, text, _ in pages)
    assert max(texts.values()) == 2  # a copy under another address
    assert any("Lorem ipsum" in text for text in texts)
    assert any("{" in text for text in texts)
    noise = sum(len(text) for url, text, _ in pages if code_of(url) is None)
    assert 0 < noise < 0.1 * sum(len(text) for text in texts)


def test_translation_pairs_are_split_alike_in_all_languages() -> None:
    files = sorted((SAMPLE / "parallel").glob("en-*.tsv.gz"))
    split_of: dict[str, str] = {}
    scripts = set()
    for path in files:
        scripts.add(get(path.name[3:].removesuffix(".tsv.gz")).script)
        text = gzip.decompress(path.read_bytes()).decode()
        rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
        assert len(rows) >= 300
        assert all(row["english"] and row["translation"] for row in rows)
        assert {row["split"] for row in rows} == {"train", "valid", "test"}
        for row in rows:
            assert split_of.setdefault(row["english"], row["split"]) == row["split"]
    assert len(files) >= 20
    assert len(scripts) >= 12
