"""Ten records in a hundred are broken in every input format: none is lost from the counts."""

import dataclasses
import gzip
import html
import io
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from wet_files import record, response

from langs.errors import InputError
from pipeline.corpus.candidates import candidates_path, read_candidates
from pipeline.corpus.config import preset
from pipeline.corpus.duplicates.hash_rows import pages_path
from pipeline.corpus.duplicates.hashes import PAGE
from pipeline.corpus.job import _WORK_FOLDERS, make_corpus
from pipeline.corpus.steps import scan

RECORDS = 60
CONFIG = dataclasses.replace(
    preset("sample"), min_pages_per_language=1, min_language_probability=0, max_record_bytes=50_000
)


def text(number: int) -> str:
    return "\n".join(f"The {number}th ship came into the harbour in week {n}." for n in range(5))


def url(number: int) -> str:
    return f"http://a.org/{number}"


def document(number: int) -> bytes:
    return json.dumps({"text": text(number), "url": url(number)}).encode() + b"\n"


def page(number: int) -> bytes:
    return response(url(number), f"<p>{'<p>'.join(html.escape(text(number)).splitlines())}")


def wet(number: int) -> bytes:
    return record(url(number), text(number))


def pieces(make: Callable[[int], bytes], pack: Callable[[bytes], bytes]) -> list[bytes]:
    return [pack(make(number)) for number in range(RECORDS)]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def parquet() -> list[bytes]:
    """Row groups of one row, and the footer, which tells how many rows there are."""
    stream = io.BytesIO()
    numbers = range(RECORDS)
    table = pa.table({"text": list(map(text, numbers)), "url": list(map(url, numbers))})
    pq.write_table(table, stream, row_group_size=1, write_page_checksum=True)
    data, metadata = stream.getvalue(), pq.ParquetFile(stream).metadata
    columns = [metadata.row_group(number).column(0) for number in numbers]
    starts = [column.dictionary_page_offset for column in columns]
    ends = [*starts[1:], len(data) - 8 - int.from_bytes(data[-8:-4], "little")]
    groups = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    return [data[: starts[0]], *groups, data[ends[-1] :]]


FILES = {
    "a.warc.wet.gz": pieces(wet, gzip.compress),
    "b.warc.wet": pieces(wet, bytes),
    "c.warc.gz": pieces(page, gzip.compress),
    "d.warc.zst": pieces(page, zstd),
    "e.jsonl": pieces(document, bytes),
    "f.jsonl.gz": pieces(document, gzip.compress),
    "g.jsonl.zst": pieces(document, zstd),
    "h.parquet": parquet(),
}
SELF_CONTAINED = [name for name in FILES if name.endswith((".gz", ".zst", ".parquet"))]


def damage(draw: Callable[[Any], Any], whole: bytes, may_change_length: bool) -> bytes:
    """The bytes with some changed, cut off or put in."""
    changed = bytearray(whole)
    kind = draw(st.sampled_from(["change", "cut", "insert"] if may_change_length else ["change"]))
    place = draw(st.integers(0, len(whole) - 1))
    if kind == "cut":
        return bytes(changed[:place])
    if kind == "insert":
        return bytes(changed[:place] + draw(st.binary(min_size=1, max_size=40)) + changed[place:])
    for place in draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=6)):
        changed[place] ^= draw(st.integers(1, 255))
    return bytes(changed)


def corrupted(draw: Callable[[Any], Any], name: str) -> tuple[bytes, set[int]]:
    """The file with a tenth of its records damaged, and the numbers of these."""
    parts = list(FILES[name])
    first = name.endswith(".parquet")
    chosen = draw(st.sets(st.integers(0, RECORDS - 1), min_size=6, max_size=6))
    for number in chosen:
        parts[number + first] = damage(draw, parts[number + first], not first)
    return b"".join(parts), chosen


def scanned(folder: Path, name: str, data: bytes) -> tuple[Counter[Any], list[str], int, int]:
    """Counts of the file, the URLs of its candidates, the records in rejected/, and the pages."""
    for part in (*(f"work/{each}" for each in _WORK_FOLDERS), "rejected"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    counts = scan.scan_file(0, str(folder / name), folder / "work", CONFIG).counts
    candidates = read_candidates(candidates_path(folder / "work", 0))
    told = [
        json.loads(line)["records"]
        for path in (folder / "rejected").iterdir()
        for line in path.read_text().splitlines()
    ]
    pages = pages_path(folder / "work", 0).stat().st_size // PAGE.itemsize
    return counts, [each.url for each in candidates], sum(told), pages


@pytest.mark.parametrize("name", FILES)
def test_an_undamaged_file_gives_all_its_records(tmp_path, name):
    counts, urls, told, _ = scanned(tmp_path, name, b"".join(FILES[name]))
    assert urls == [url(number) for number in range(RECORDS)]
    assert counts[("found",)] == RECORDS
    assert told == 0


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, deadline=None, phases=[Phase.generate])  # shrinking takes minutes
@given(data=st.data())
def test_a_tenth_of_the_records_damaged(tmp_path_factory, name, data):
    content, chosen = corrupted(data.draw, name)
    counts, urls, told, pages = scanned(tmp_path_factory.mktemp("faults"), name, content)
    rejected = sum(count for key, count in counts.items() if key[:2] == ("dropped", "read"))
    assert told == rejected
    assert counts[("found",)] == pages + rejected + counts["dropped", "page_length", "too_long"]
    if name in SELF_CONTAINED:
        assert set(urls) >= {url(number) for number in range(RECORDS) if number not in chosen}
    if name.endswith(".parquet"):
        assert counts[("found",)] == RECORDS


@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(data=st.data())
def test_all_formats_damaged_in_one_job(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("job")
    for name in FILES:
        (folder / name).write_bytes(corrupted(data.draw, name)[0])
    funnel = make_corpus([f"{folder}/*.*"], folder / "out", CONFIG, 1)["funnel"]
    for before, after in itertools.pairwise(funnel):
        assert after["pages_in"] == before["pages_out"]
    for step in funnel:
        assert step["pages_in"] == step["pages_out"] + sum(step["reasons"].values())
    told = [
        json.loads(line)["records"]
        for path in (folder / "out" / "rejected").iterdir()
        for line in path.read_text().splitlines()
    ]
    assert sum(told) == sum(funnel[0]["reasons"].values()) > 0
    assert funnel[-1]["pages_out"] > RECORDS // 2


DYING = """
import os, pathlib, signal, sys

def identify(text):
    marker = pathlib.Path(__file__).with_suffix(".died")
    if "pipeline.stages.worker" in " ".join(sys.orig_argv) and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "en", 1.0
"""


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_killed_in_the_middle(tmp_path):
    for name, parts in FILES.items():
        (tmp_path / name).write_bytes(b"".join(parts))
    (tmp_path / "dying.py").write_text(DYING)
    config = dataclasses.replace(CONFIG, identifier=f"{tmp_path}/dying.py:identify")
    inputs = [f"{tmp_path}/?.*"]
    with pytest.raises(InputError, match=r"a worker process has ended.*run the command again"):
        make_corpus(inputs, tmp_path / "out", config, workers=2)
    assert (tmp_path / "dying.died").exists()
    assert not (tmp_path / "out").exists()
    again = make_corpus(inputs, tmp_path / "out", config, workers=2)
    calm = make_corpus(inputs, tmp_path / "calm", config, workers=1)
    assert again == calm
    assert files(tmp_path / "out") == files(tmp_path / "calm")


INTERRUPTING = """
import os, pathlib, signal, sys, time

def identify(text):
    marker = pathlib.Path(__file__).with_suffix(".interrupted")
    is_worker = "pipeline.stages.worker" in " ".join(sys.orig_argv)
    if (is_worker or {workers} == 1) and "waiting" in text and not marker.exists():
        marker.touch()
        os.kill(os.getppid() if is_worker else os.getpid(), signal.SIGINT)
        time.sleep(60 if is_worker else 0)  # as if at a long file
    return "en", 1.0
"""


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_in_the_middle(tmp_path, capfd, workers):
    for name, parts in FILES.items():
        (tmp_path / name).write_bytes(b"".join(parts))
    lines = [f"The {n}th captain is waiting for his ship." for n in range(9)]
    (tmp_path / "wait.txt").write_text("\n".join(lines))
    code = INTERRUPTING.replace("{workers}", str(workers))
    (tmp_path / "interrupting.py").write_text(code)
    config = dataclasses.replace(CONFIG, identifier=f"{tmp_path}/interrupting.py:identify")
    inputs = [f"{tmp_path}/?.*", f"{tmp_path}/wait.txt"]
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        make_corpus(inputs, tmp_path / "out", config, workers=workers)
    assert time.monotonic() - started < 50
    assert "Traceback" not in capfd.readouterr().err
    assert (tmp_path / "interrupting.interrupted").exists()
    assert not (tmp_path / "out").exists()
    again = make_corpus(inputs, tmp_path / "out", config, workers=workers)
    calm = make_corpus(inputs, tmp_path / "calm", config, workers=1)
    assert again == calm
    assert files(tmp_path / "out") == files(tmp_path / "calm")


def files(corpus: Path) -> dict[str, bytes]:
    found: Sequence[Path] = sorted((corpus / "documents").rglob("*.*"))
    return {str(path.relative_to(corpus)): path.read_bytes() for path in found}
