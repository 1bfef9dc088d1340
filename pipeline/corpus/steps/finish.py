"""Second text step: drop duplicates from the candidates of one input file, judge what is left."""

import json
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.corpus.candidates import Candidate, candidates_path, read_candidates
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.hashes import OLDER, Rows, url_digest
from pipeline.corpus.rules.judge import Judge
from pipeline.corpus.rules.line_rules import length_fault
from pipeline.corpus.rules.personal_data import mask
from pipeline.corpus.split import LanguageSize, add_sizes, bucket, one_page, split_rank
from pipeline.corpus.statistics.funnel import Key
from pipeline.corpus.statistics.removed import Example, Sample
from pipeline.corpus.statistics.removed import Key as RemovedKey
from pipeline.corpus.statistics.removed import from_json as removed_from_json
from pipeline.corpus.steps.worker_progress import Reporter
from pipeline.stages import records
from pipeline.stages.frames import Entry, Frame, FrameWriter, replacing

_DUPLICATES = {OLDER: ("duplicate_urls", "older"), 0: ("near_duplicates", "copy")}
_COPIES = ("duplicate_pages", "copy")
_SIZES_HELD = 10_000  # of pages of a language, before they are added up


@dataclass(frozen=True)
class Finished:
    """The documents of one input file, and counts of what was dropped."""

    frames: list[tuple[str, int, Frame]]  # language, bucket, place of its documents
    sizes: dict[str, LanguageSize]
    counts: Counter[Key]
    removed: list[tuple[RemovedKey, list[Example]]]
    by_earlier_run: bool = False


def finish_file(
    number: int,
    dropped_pages: Rows,
    dropped_lines: NDArray[np.integer],
    buckets: int,
    work: Path,
    config: CorpusConfig,
) -> Finished:
    """Write the documents of input file `number` into frames, unless an interrupted run has.

    `dropped_pages` are PAGE rows and `dropped_lines` line numbers in the file. OSErrors pass up.
    """
    record = work / "finished" / f"{number:05d}.json"
    path = work / "frames" / f"{number:05d}"
    reporter = Reporter(work, "finish")
    if content := records.load(record):
        finished = _from_json(content, path)
        reporter.file_kept()
        return finished
    finished = _finish(Finisher(config, dropped_pages, dropped_lines), buckets, path, reporter)
    records.keep(record, _to_json(finished), [path])
    return finished


def _finish(finisher: "Finisher", buckets: int, path: Path, reporter: Reporter) -> Finished:
    share = finisher.config.validation_share
    sizes: defaultdict[str, list[LanguageSize]] = defaultdict(list)
    with replacing(path) as stream:
        writer = FrameWriter(stream, path)
        for candidate in read_candidates(candidates_path(path.parents[1], int(path.name))):
            reporter.add(len(candidate.text.encode("utf-8")))
            if document := finisher.document(candidate):
                language, entry = document
                writer.add(language, bucket(entry.digest, buckets), entry)
                sizes[language].append(one_page(split_rank(entry.digest, share), entry.text_bytes))
                if len(sizes[language]) >= _SIZES_HELD:
                    sizes[language] = [add_sizes(sizes[language])]
        writer.flush()
    reporter.file_done()
    totals = {language: add_sizes(parts) for language, parts in sizes.items()}
    return Finished(writer.frames, totals, finisher.counts, finisher.removed.examples())


def _to_json(finished: Finished) -> dict[str, Any]:
    frames = [
        (language, bucket, place.offset, place.length)
        for language, bucket, place in finished.frames
    ]
    sizes = {language: astuple(size) for language, size in finished.sizes.items()}
    counts = list(finished.counts.items())
    return {"frames": frames, "sizes": sizes, "counts": counts, "removed": finished.removed}


def _from_json(content: dict[str, Any], path: Path) -> Finished:
    return Finished(
        [(code, part, Frame(str(path), *place)) for code, part, *place in content["frames"]],
        {
            code: LanguageSize(pages, by_share, text_bytes, tuple(ranks))
            for code, (pages, by_share, text_bytes, ranks) in content["sizes"].items()
        },
        Counter({tuple(key): count for key, count in content["counts"]}),
        removed_from_json(content["removed"]),
        True,
    )


class Finisher:
    """Turns candidates into documents, in the order of the file."""

    def __init__(self, config: CorpusConfig, pages: Rows, lines: NDArray[np.integer]) -> None:
        self.config = config
        self.dropped_pages = dict(zip(pages["page"].tolist(), pages["fault"].tolist(), strict=True))
        self.dropped_lines = np.sort(lines)
        self.judge = Judge(config)
        self.counts: Counter[Key] = Counter()
        self.removed = Sample()
        self.line = 0  # number of the next line in the file

    def document(self, candidate: Candidate) -> tuple[str, Entry] | None:
        """The candidate's language and document; None if it is dropped."""
        lines = candidate.text.split("\n")
        duplicates = self._duplicates(len(lines))
        if candidate.page in self.dropped_pages:  # counted where the duplicate was found
            why = _DUPLICATES.get(self.dropped_pages[candidate.page], _COPIES)
            self.removed.add(*why, candidate.url, candidate.text)
            return None
        for number in duplicates:
            self.removed.add("lines", "duplicate", candidate.url, lines[number])
        left = [line for number, line in enumerate(lines) if number not in duplicates]
        self.counts["lines", "duplicate"] += len(lines) - len(left)
        if fault := length_fault(left, self.config):
            self._drop("duplicate_lines", fault, candidate, candidate.text)
            return None
        return self._judged(candidate, left)

    def _duplicates(self, lines: int) -> set[int]:
        """Which of the next so many lines of the file are dropped, counted from the first."""
        first, self.line = self.line, self.line + lines
        edges = np.array(
            (first, self.line), self.dropped_lines.dtype
        )  # else all would be converted
        start, end = np.searchsorted(self.dropped_lines, edges)
        return set((self.dropped_lines[start:end] - first).tolist())

    def _judged(self, candidate: Candidate, left: list[str]) -> tuple[str, Entry] | None:
        verdict = self.judge.judge(left)
        text = "\n".join(left)
        if verdict.fault:
            self._drop(*verdict.fault, candidate, text, verdict.language, verdict.detail)
            return None
        assert verdict.language is not None
        text, masked = mask(text, self.config)
        self.counts.update({("masked", kind): count for kind, count in masked.items()})
        entry = _entry(candidate, text, len(left), verdict.language, verdict.probability)
        return verdict.language, entry

    def _drop(
        self,
        step: str,
        reason: str,
        candidate: Candidate,
        text: str,
        code: str | None = None,
        detail: str = "",
    ) -> None:
        self.counts["dropped", step, reason] += 1
        self.removed.add(step, reason, candidate.url, text, code or "", detail)


def _entry(candidate: Candidate, text: str, lines: int, code: str, probability: float) -> Entry:
    digest = url_digest(candidate.url)
    document = {
        "text": text,
        "url": candidate.url,
        "timestamp": candidate.timestamp or None,
        "language": code,
        "language_probability": probability,
        "id": digest.hex(),
    }
    line = json.dumps(document, ensure_ascii=False).encode("utf-8")
    return Entry(digest, line, lines, len(text), len(text.encode("utf-8")))
