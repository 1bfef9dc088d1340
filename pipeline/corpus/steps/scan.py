"""First step: read one input file, apply the rules that need no other page, hash what is left."""

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pipeline.corpus.candidates import Candidate, CandidateWriter, candidates_path
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.hash_rows import lines_path, pages_path
from pipeline.corpus.duplicates.hashes import (
    LINE,
    PAGE,
    Rows,
    line_hashes,
    text_hash,
    url_digest,
)
from pipeline.corpus.pages.dates import date_number
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.corpus.rules.blocklist import Blocklist
from pipeline.corpus.rules.line_rules import (
    clean_lines,
    is_too_long,
    length_fault,
    line_rules,
    page_fault,
    split_lines,
)
from pipeline.corpus.rules.repair import repaired
from pipeline.corpus.statistics.funnel import Key
from pipeline.corpus.statistics.removed import Example, Sample
from pipeline.corpus.statistics.removed import Key as RemovedKey
from pipeline.corpus.statistics.removed import from_json as removed_from_json
from pipeline.corpus.statistics.unread import unread
from pipeline.corpus.steps.worker_progress import Reporter
from pipeline.files.blocks import Rejected
from pipeline.files.sources import open_input
from pipeline.stages import records
from pipeline.stages.frames import replacing

FAULTS = ("", "lorem_ipsum", "curly_bracket", "no_lines_left", "few_long_lines")
"""Reasons to drop a page, by their number in PAGE rows; "": none."""


_ROWS_HELD = 2**14  # of pages, before they are written


@dataclass(frozen=True)
class Scan:
    """Counts and examples of one input file; its rows and its text are in files."""

    counts: Counter[Key]
    removed: list[tuple[RemovedKey, list[Example]]]
    candidates: int  # pages that passed the rules
    text_bytes: int  # of all pages
    file_bytes: int
    by_earlier_run: bool = False


def rejected_path(work: Path, number: int) -> Path:
    """The file of the rejected records of an input file; it exists only if there are any."""
    return work.parent / "rejected" / f"{number:05d}.jsonl"


def scan_file(number: int, path: str, work: Path, config: CorpusConfig) -> Scan:
    """Read input file `number`, unless an interrupted run has done it.

    Candidates, rows and rejected records go into files. OSErrors pass up; nothing that the file
    holds raises anything.
    """
    record = work / "scanned" / f"{number:05d}.json"
    reporter = Reporter(work, "scan")
    if content := records.load(record):
        scan = _from_json(content)
        reporter.file_kept(scan.file_bytes, scan.candidates)
        return scan
    scan = _scan(number, path, work, config, reporter)
    files = [candidates_path(work, number), pages_path(work, number), lines_path(work, number)]
    rejected = rejected_path(work, number)
    records.keep(record, _to_json(scan), [*files, *([rejected] if rejected.exists() else [])])
    return scan


def _scan(number: int, path: str, work: Path, config: CorpusConfig, reporter: Reporter) -> Scan:
    with (
        open_input(path) as stream,
        replacing(candidates_path(work, number)) as output,
        replacing(pages_path(work, number)) as pages,
        replacing(lines_path(work, number)) as lines,
        replacing(rejected_path(work, number)) as rejected,
    ):
        reporter.position = stream.tell
        scanner = Scanner(number, config, reporter, pages, lines)
        writer = CandidateWriter(output)
        for page in read_pages(stream, path, config):
            if isinstance(page, Rejected):
                scanner.reject(page)
                rejected.write(_rejected_line(path, page))
            elif candidate := scanner.examine(page):
                writer.add(candidate)
        writer.close()
        scan = scanner.result(stream.seek(0, os.SEEK_END))
        if key := unread(path, scan.counts):
            scan.counts[key] += 1
        reporter.file_done(kept=scan.candidates)
    if not rejected_path(work, number).stat().st_size:
        rejected_path(work, number).unlink()
    return scan


def _to_json(scan: Scan) -> dict[str, Any]:
    return {
        "counts": list(scan.counts.items()),
        "removed": scan.removed,
        "candidates": scan.candidates,
        "text_bytes": scan.text_bytes,
        "file_bytes": scan.file_bytes,
    }


def _from_json(content: dict[str, Any]) -> Scan:
    counts = Counter({tuple(key): count for key, count in content["counts"]})
    removed = removed_from_json(content["removed"])
    sizes = (content["candidates"], content["text_bytes"], content["file_bytes"])
    return Scan(counts, removed, *sizes, by_earlier_run=True)


def _rejected_line(path: str, record: Rejected) -> bytes:
    row = {"file": path} | dataclasses.asdict(record)
    if not record.member:
        del row["member"]
    return json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"


class Scanner:
    """Applies the rules to the pages of one file and writes their rows into two streams."""

    def __init__(
        self,
        number: int,
        config: CorpusConfig,
        reporter: Reporter,
        pages: BinaryIO,
        lines: BinaryIO,
    ) -> None:
        self.number, self.config, self.reporter = number, config, reporter
        self.rules, self.blocklist = line_rules(config), Blocklist(config)
        self.counts: Counter[Key] = Counter()
        self.removed = Sample()
        self.page_stream, self.line_stream = pages, lines
        self.rows: list[tuple[int, int, int, int, int, int]] = []  # of pages, not yet written
        self.pages = self.lines = self.candidates = self.text_bytes = 0

    def reject(self, rejected: Rejected) -> None:
        """Count records that could not be read."""
        self.counts[("found",)] += rejected.records
        self.counts["dropped", "read", rejected.reason] += rejected.records

    def examine(self, page: Page) -> Candidate | None:
        """The page's candidate, or None if it fails a rule."""
        self.counts[("found",)] += 1
        text_bytes = len(page.text.encode("utf-8"))
        self.text_bytes += text_bytes
        self.reporter.add(text_bytes)
        if reason := self.blocklist.fault(page.url):
            self._drop("blocked_urls", reason, page)
            return None
        if is_too_long(page.text, self.config.max_page_characters):
            self._drop("page_length", "too_long", page)
            return None
        page = dataclasses.replace(page, text=repaired(page.text, self.config))
        lines = self._clean_lines(page)
        fault = page_fault(page.text, self.config) or length_fault(lines, self.config)
        text = "" if fault else "\n".join(lines)
        url = int.from_bytes(url_digest(page.url)[:8], "big")
        number = self._add_page(url, page.timestamp, text, fault)
        if fault:
            self.removed.add("page_rules", fault, page.url, page.text)
            return None
        self.candidates += 1
        if self.config.drop_duplicate_lines:
            self._add_lines(lines, url, number)
        return Candidate(number, page.url, page.timestamp, text)

    def _drop(self, step: str, reason: str, page: Page) -> None:
        self.counts["dropped", step, reason] += 1
        self.removed.add(step, reason, page.url, page.text)

    def _clean_lines(self, page: Page) -> list[str]:
        lines, removed = clean_lines(split_lines(page.text), self.rules)
        for rule, line in removed:
            self.counts["lines", rule] += 1
            self.removed.add("lines", rule, page.url, line)
        return lines

    def _add_page(self, url: int, timestamp: str, text: str, fault: str | None) -> int:
        """Write the page's row; returns its number."""
        digest = text_hash(text) if text else 0
        fault_number = FAULTS.index(fault or "")
        row = (url, date_number(timestamp), digest, fault_number, self.number, self.pages)
        self.rows.append(row)
        if len(self.rows) >= _ROWS_HELD:
            self._write_pages()
        self.pages += 1
        return self.pages - 1

    def _add_lines(self, lines: list[str], url: int, page: int) -> None:
        config = self.config
        hashes = line_hashes(lines, config.duplicate_span_lines, config.normalise_duplicate_lines)
        rows = np.empty(len(hashes), LINE)
        rows["text"] = hashes
        rows["url"], rows["file"], rows["page"] = url, self.number, page
        rows["line"] = np.arange(self.lines, self.lines + len(hashes))
        self.line_stream.write(rows.tobytes())
        self.lines += len(lines)

    def _write_pages(self) -> None:
        self.page_stream.write(np.array(self.rows, PAGE).tobytes())
        self.rows.clear()

    def result(self, file_bytes: int) -> Scan:
        """Write what remains; `file_bytes`: the size of the input file."""
        self._write_pages()
        removed, sizes = self.removed.examples(), (self.candidates, self.text_bytes, file_bytes)
        return Scan(self.counts, removed, *sizes)


def fault_counts(pages: Rows) -> Iterator[tuple[Key, int]]:
    """Number of these pages that fail each rule, under its key."""
    counts = np.bincount(pages["fault"], minlength=len(FAULTS))
    for name, count in zip(FAULTS[1:], counts[1:], strict=True):
        if count:
            yield ("dropped", "page_rules", name), int(count)
