"""A corpus job that was killed or damaged half-way: the same command ends the same."""

import dataclasses
import errno
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from corpus_jobs import (
    CONFIG,
    assert_closed,
    content,
    make,
    many_pages,
)
from wet_files import packed

from langs.errors import InputError
from pipeline.corpus import graph
from pipeline.corpus.job import TIMING
from pipeline.corpus.steps import finish, scan


@pytest.mark.parametrize("moment", ["candidates/00001.zst", "frames/00000"])
def test_killed_at_any_time_the_same_command_ends_the_same(tmp_path, moment):
    pages = many_pages(6) * 10
    _, kept = make(tmp_path, packed(pages), packed(pages[:50]))
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "pipeline.cli", "corpus", "--input", f"{tmp_path}/*.wet.gz"]
    command += ["--output", str(killed), "--preset", "sample", "--min-pages-per-language", "1"]
    command += ["--validation-share", "0", "--min-validation-pages", "0"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not (killed.with_name("killed.partial") / "work" / moment).exists():
        assert process.poll() in (None, 0)
        if process.poll() == 0:
            break
        time.sleep(0.001)
    process.kill()
    process.wait()
    subprocess.run(command, check=True, capture_output=True)
    assert content(killed) == content(tmp_path / "out")
    assert not killed.with_name("killed.partial").exists()
    assert kept


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """A job of three files that stopped when it came to the second file's documents."""

    def full(number: int, *arguments: Any) -> Any:
        if number == 1:
            raise OSError(errno.ENOSPC, "No space left on device", "/disk/x")
        return finish.finish_file(number, *arguments)

    pages = many_pages(7)
    files = [packed(pages[:40]) + b"?", packed(pages[40:90]), packed(pages[90:])]
    make(tmp_path, *files)
    with monkeypatch.context() as patch:
        patch.setattr(graph, "finish_file", full)
        with pytest.raises(InputError, match="No space left"):
            make(tmp_path, *files, name="again")
    return tmp_path


def read_again(folder: Path, monkeypatch) -> list[str]:
    """Run the stopped job again; the files whose pages it reads."""
    opened: list[str] = []
    real = scan.read_pages

    def read_pages(stream: Any, *arguments: Any) -> Any:
        opened.append(Path(stream.name).name)
        return real(stream, *arguments)

    monkeypatch.setattr(scan, "read_pages", read_pages)
    make(folder, name="again")
    assert content(folder / "again") == content(folder / "out")
    return sorted(opened)


def test_a_job_run_again_reads_no_file_twice(stopped, monkeypatch):
    assert read_again(stopped, monkeypatch) == []
    timing = json.loads((stopped / "again" / TIMING).read_text())
    assert timing["counters"]["scan_files_by_earlier_run"] == 3
    assert timing["counters"]["finish_files_by_earlier_run"] >= 1


@pytest.mark.parametrize("name", ["candidates/00001.zst", "rows/00001.lines", "scanned/00001.json"])
def test_what_is_damaged_in_between_is_made_again(stopped, monkeypatch, name):
    path = stopped / "again.partial" / "work" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert read_again(stopped, monkeypatch) == ["1.wet.gz"]


def test_damaged_documents_and_rejected_records_are_made_again(stopped, monkeypatch):
    (stopped / "again.partial" / "work" / "frames" / "00000").write_bytes(b"x")
    (stopped / "again.partial" / "rejected" / "00000.jsonl").unlink()
    assert read_again(stopped, monkeypatch) == ["0.wet.gz"]


def test_what_another_configuration_left_is_not_used(stopped, monkeypatch):
    config = dataclasses.replace(CONFIG, min_words_per_line=4)
    statistics, _ = make(stopped, config=config, name="again")
    timing = json.loads((stopped / "again" / TIMING).read_text())
    assert timing["counters"]["scan_files_by_earlier_run"] == 0
    assert_closed(statistics)
