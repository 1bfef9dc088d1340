"""Last step: one shard of one language, its train and its validation file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.documents import shard_path, write_documents
from pipeline.corpus.split import LanguageSize, shard_count, split_rank, validation_limit
from pipeline.corpus.statistics.funnel import MEASURES, SPLITS, Key, is_kept
from pipeline.stages.frames import Entry, Frame, read_frame, replacing


@dataclass(frozen=True)
class Plan:
    """Number of shards of a language, and its split."""

    shards: int
    validation_limit: int  # pages with a smaller split rank are validation


def plan(size: LanguageSize, buckets: int, config: CorpusConfig) -> Plan | None:
    """The plan for a language of this size; None if it has too few pages."""
    if not is_kept(size, config):
        return None
    limit = validation_limit(size, config.min_validation_pages)
    return Plan(shard_count(size.text_bytes, config.shard_bytes, buckets), limit)


def write_shard(
    language: str,
    shard: int,
    plan: Plan,
    frames: Iterable[Frame],
    folder: Path,
    config: CorpusConfig,
) -> Counter[Key]:
    """Write the shard's documents in the order of their ids; returns what was written.

    OSErrors pass up. A shard's text is held in memory.
    """
    entries = sorted(entry for frame in frames for entry in read_frame(frame))
    ranks = [split_rank(entry.digest, config.validation_share) for entry in entries]
    counts: Counter[Key] = Counter()
    for split in SPLITS:
        chosen = [
            entry
            for entry, rank in zip(entries, ranks, strict=True)
            if (rank < plan.validation_limit) == (split == "validation")
        ]
        path = shard_path(folder, language, split, shard, plan.shards, config.output_format)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as stream:
            write_documents(stream, (entry.line for entry in chosen), config.output_format)
        counts.update(_measure(language, split, chosen))
    return counts


def _measure(language: str, split: str, entries: list[Entry]) -> Counter[Key]:
    columns = [(1, entry.lines, entry.characters, entry.text_bytes) for entry in entries]
    totals = [sum(column) for column in zip(*columns, strict=True)] or [0] * len(MEASURES)
    return Counter(
        {("kept", language, split, name): n for name, n in zip(MEASURES, totals, strict=True)}
    )
