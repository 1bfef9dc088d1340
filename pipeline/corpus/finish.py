"""Second text step: drop duplicates from the candidates of one input file, find their languages."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.corpus.badwords import has_bad_word
from pipeline.corpus.clean import length_fault
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.deduplicate import url_digest
from pipeline.corpus.identifier import identifier
from pipeline.corpus.identify import language_fault
from pipeline.corpus.scan import candidates_path
from pipeline.corpus.spill import Candidate, Entry, Frame, FrameWriter, read_candidates, replacing
from pipeline.corpus.split import LanguageSize, add_sizes, bucket, one_page, split_rank
from pipeline.corpus.statistics import Key
from pipeline.corpus.watch import Reporter


@dataclass
class Finished:
    """What became of one input file."""

    frames: list[tuple[str, int, Frame]]  # language, bucket, place of its documents
    sizes: dict[str, LanguageSize]
    counts: Counter[Key]


def finish_file(
    number: int,
    dropped_pages: NDArray[np.integer],
    dropped_lines: NDArray[np.integer],
    buckets: int,
    work: Path,
    config: CorpusConfig,
) -> Finished:
    """Write the documents of input file `number` into frames.

    `dropped_pages` are page numbers and `dropped_lines` line numbers in the file. OSErrors pass up.
    """
    finisher = _Finisher(config, set(dropped_pages.tolist()), set(dropped_lines.tolist()))
    reporter = Reporter(work, "finish")
    path = work / "frames" / f"{number:05d}"
    sizes: defaultdict[str, list[LanguageSize]] = defaultdict(list)
    with replacing(path) as stream:
        writer = FrameWriter(stream, path)
        for candidate in read_candidates(candidates_path(work, number)):
            reporter.add()
            if found := finisher.document(candidate):
                language, entry = found
                writer.add(language, bucket(entry.digest, buckets), entry)
                rank = split_rank(entry.digest, config.validation_share)
                sizes[language].append(one_page(rank, entry.text_bytes))
        writer.flush()
    reporter.file_done()
    totals = {language: add_sizes(parts) for language, parts in sizes.items()}
    return Finished(writer.frames, totals, finisher.counts)


class _Finisher:
    """Turns candidates into documents, in the order of the file."""

    def __init__(self, config: CorpusConfig, pages: set[int], lines: set[int]) -> None:
        self.config, self.dropped_pages, self.dropped_lines = config, pages, lines
        self.identify = identifier(config)
        self.counts: Counter[Key] = Counter()
        self.line = 0  # number of the next line in the file

    def document(self, candidate: Candidate) -> tuple[str, Entry] | None:
        """The candidate's language and document; None if it is dropped."""
        lines = candidate.text.split("\n")
        first, self.line = self.line, self.line + len(lines)
        if candidate.page in self.dropped_pages:
            return None  # counted where the duplicate was found
        kept = [line for i, line in enumerate(lines, first) if i not in self.dropped_lines]
        self.counts["lines", "duplicate"] += len(lines) - len(kept)
        if fault := length_fault(kept, self.config):
            self.counts["dropped", "duplicate_lines", fault] += 1
            return None
        return self._identified(candidate, kept)

    def _identified(self, candidate: Candidate, lines: list[str]) -> tuple[str, Entry] | None:
        config, text = self.config, "\n".join(lines)
        code, probability = self.identify(text)
        least = config.min_language_probability
        if fault := language_fault(code, probability, least, config.languages):
            self.counts["dropped", "language", fault] += 1
            return None
        assert code is not None
        if config.drop_bad_word_pages and has_bad_word(text, code):
            self.counts["dropped", "bad_words", "bad_word"] += 1
            return None
        return code, _entry(candidate, text, len(lines), code, probability)


def _entry(candidate: Candidate, text: str, lines: int, code: str, probability: float) -> Entry:
    digest = url_digest(candidate.url)
    document = {
        "text": text,
        "url": candidate.url,
        "timestamp": candidate.timestamp,
        "language": code,
        "language_probability": probability,
        "id": digest.hex(),
    }
    line = json.dumps(document, ensure_ascii=False).encode("utf-8")
    return Entry(digest, line, lines, len(text), len(text.encode("utf-8")))
