"""First step: read one input file, apply the rules that need no other page, hash what is left."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.corpus.clean import (
    clean_lines,
    is_too_long,
    length_fault,
    line_rules,
    page_fault,
    split_lines,
)
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.deduplicate import LINE, PAGE, Rows, date_number, text_hash, url_digest
from pipeline.corpus.read import Page, Rejected, read_pages
from pipeline.corpus.spill import Candidate, CandidateWriter, replacing
from pipeline.corpus.statistics import Key
from pipeline.corpus.watch import Reporter

FAULTS = ("", "lorem_ipsum", "curly_bracket", "no_lines_left", "few_long_lines")
"""Why a page fails the rules, by the number in PAGE rows."""


@dataclass
class Scan:
    """What is known of one input file."""

    pages: Rows  # dtype PAGE: every page that was read
    lines: Rows  # dtype LINE: every line of the candidates
    counts: Counter[Key] = field(default_factory=Counter)


def candidates_path(work: Path, number: int) -> Path:
    """Where the candidates of an input file are kept."""
    return work / "candidates" / f"{number:05d}.zst"


def rejected_path(work: Path, number: int) -> Path:
    """Where the rejected records of an input file are told; there only if there are any."""
    return work.parent / "rejected" / f"{number:05d}.jsonl"


def scan_file(number: int, path: str, work: Path, config: CorpusConfig) -> Scan:
    """Read input file `number`; candidates and rejected records go into files of `work`.

    OSErrors pass up; nothing that the file holds raises anything.
    """
    scanner = _Scanner(number, config, Reporter(work, "scan"))
    rejected: list[str] = []
    with open(path, "rb") as stream, replacing(candidates_path(work, number)) as output:
        writer = CandidateWriter(output)
        for found in read_pages(stream, config.max_record_bytes):
            scanner.counts[("found",)] += 1
            if isinstance(found, Rejected):
                scanner.counts["dropped", "read", found.reason] += 1
                rejected.append(_rejected_line(path, found))
            elif candidate := scanner.examine(found):
                writer.add(candidate)
        writer.close()
    if rejected:
        with replacing(rejected_path(work, number)) as output:
            output.write("".join(rejected).encode("utf-8"))
    return scanner.result()


def _rejected_line(path: str, found: Rejected) -> str:
    row = {"file": path, "offset": found.offset, "reason": found.reason}
    return json.dumps(row, ensure_ascii=False) + "\n"


class _Scanner:
    """Applies the rules to the pages of one file and collects their rows."""

    def __init__(self, number: int, config: CorpusConfig, reporter: Reporter) -> None:
        self.number, self.config, self.reporter = number, config, reporter
        self.rules = line_rules(config)
        self.counts: Counter[Key] = Counter()
        self.pages: list[tuple[int, int, int, int, int, int]] = []
        self.line_blocks: list[Rows] = []
        self.line_count = 0
        self.candidates = 0

    def examine(self, page: Page) -> Candidate | None:
        """The page's candidate, or None if it fails a rule."""
        self.reporter.add()
        if is_too_long(page.text, self.config.max_page_characters):
            self.counts["dropped", "page_length", "too_long"] += 1
            return None
        lines, removed = clean_lines(split_lines(page.text), self.rules)
        self.counts.update({("lines", rule): count for rule, count in removed.items()})
        fault = page_fault(page.text, self.config) or length_fault(lines, self.config)
        text = "" if fault else "\n".join(lines)
        url = int.from_bytes(url_digest(page.url)[:8], "big")
        row = (url, date_number(page.timestamp), text_hash(text) if text else 0)
        number = len(self.pages)
        self.pages.append((*row, FAULTS.index(fault or ""), self.number, number))
        if fault:
            return None
        self._add_lines(lines, url, number)
        return Candidate(number, page.url, page.timestamp, text)

    def _add_lines(self, lines: list[str], url: int, page: int) -> None:
        self.candidates += 1
        if not self.config.drop_duplicate_lines:
            return
        rows = np.empty(len(lines), LINE)
        rows["text"] = [text_hash(line.lower()) for line in lines]
        rows["url"], rows["file"], rows["page"] = url, self.number, page
        rows["line"] = np.arange(self.line_count, self.line_count + len(lines))
        self.line_blocks.append(rows)
        self.line_count += len(lines)

    def result(self) -> Scan:
        self.reporter.file_done(kept=self.candidates)
        lines = np.concatenate(self.line_blocks) if self.line_blocks else np.empty(0, LINE)
        return Scan(np.array(self.pages, PAGE), lines, self.counts)


def fault_counts(pages: Rows) -> Iterator[tuple[Key, int]]:
    """How many of these pages fail which rule."""
    counts = np.bincount(pages["fault"], minlength=len(FAULTS))
    for name, count in zip(FAULTS[1:], counts[1:], strict=True):
        if count:
            yield ("dropped", "page_rules", name), int(count)
