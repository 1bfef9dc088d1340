"""Corpus folder -> tokenizer and shards, as two stages that can each be resumed.

    corpus/ -> tokenizer/  sentences of all languages drawn, SentencePiece trained on them
            -> shards/     documents as ids, `shards.json`; `mixture.json` with its table and plot

The tokenizer depends on the corpus and its own settings, the shards on both, and neither on the
mixture. So other mixture settings rewrite the mixture and nothing else.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langs.errors import InputError
from models import cores
from models.formats.data_folder import SHARDS_JSON
from models.tokenizer import folder as tokenizer_folder
from pipeline.corpus import documents
from pipeline.prepare import language_mixture, mixture_table, shard_writer, tokenizer_text
from pipeline.prepare import tokenizer_training as tokenizer
from pipeline.prepare.config import PrepareConfig, check_prepare
from pipeline.prepare.shard_writer import Part
from pipeline.stages import folders
from pipeline.stages.progress import progress, say
from pipeline.stages.quiet import quiet_logs

_SPLITS = {"train": "train", "validation": "valid"}  # our name -> fairseq's
_TOKENIZER_SETTINGS = (
    "vocabulary_size",
    "character_coverage",
    "sample_characters",
    "tokenizer_alpha",
    "seed",
)
_MANY_BYTES = 100 * 2**20  # text for which several processes pay


@dataclass(frozen=True)
class _Job:
    corpus: Path
    output: Path
    config: PrepareConfig
    statistics: Mapping[str, language_mixture.Counts]
    workers: int
    beam_options: Sequence[str]

    @property
    def tokenizer(self) -> Path:
        return self.output / "tokenizer"

    @property
    def shards(self) -> Path:
        return self.output / "shards"

    def files(self, language: str, split: str) -> list[Path]:
        """The documents files, in order."""
        return documents.files(self.corpus, language, split)

    def each(self, elements: Sequence[Any], function: Callable[..., None], **constant: Any) -> None:
        """Call the function with every element, in a Beam pipeline."""
        with quiet_logs():  # importing Beam takes two seconds
            from pipeline.stages.beam import each

        each(elements, function, self.workers, self.beam_options, **constant)


def prepare(
    corpus: Path,
    output: Path,
    config: PrepareConfig,
    tokenizer: Path | None = None,
    workers: int = 0,
    beam_options: Sequence[str] = (),
) -> dict[str, Any]:
    """Make `output/tokenizer` and `output/shards` from a finished corpus folder.

    Returns the content of `mixture.json`.

    `tokenizer`: folder of an existing tokenizer to use instead of training one; it may be
    `output/tokenizer`. `workers`: processes on this machine; 0 = one for a small corpus, else one
    a core. Raises InputError for bad settings, a corpus that is missing or unfinished, and outputs
    made from something else; OSErrors pass up, from Beam's workers as InputError.
    """
    check_prepare(config)
    if not corpus.is_dir():
        raise InputError(f"{corpus} is no folder; give the output folder of mswitch corpus")
    folders.read_summary(corpus)
    statistics = language_mixture.read_statistics(corpus)
    workers = workers or _workers(statistics)
    job = _Job(corpus, output, config, statistics, workers, beam_options)
    if tokenizer is None:
        _make_tokenizer(job)
    else:
        _take_tokenizer(job, tokenizer)
    _make_shards(job)
    return folders.read_summary(job.shards)["mixture"]


def _workers(statistics: Mapping[str, language_mixture.Counts]) -> int:
    """One process for small corpora, as several take seconds to start; else one a core."""
    size = sum(counts["bytes"] for splits in statistics.values() for counts in splits.values())
    return 1 if size < _MANY_BYTES else cores.available()


def _make_tokenizer(job: _Job) -> None:
    settings = {name: getattr(job.config, name) for name in _TOKENIZER_SETTINGS}
    made_from = folders.fingerprint(settings, {"corpus": job.corpus})

    def work(folder: Path) -> dict[str, Any]:
        drawn = _draw(job, folder / "drawn")
        characters = sum(len(sentence) for sentence in tokenizer_text.read_drawn(drawn))
        say(f"tokenizer: learning {job.config.vocabulary_size} ids from {characters:,} characters")
        started = time.monotonic()
        model = tokenizer.train(job.config, tokenizer_text.read_drawn(drawn))
        tokenizer.write(folder, model, tokenizer_text.read_drawn(drawn))
        shutil.rmtree(folder / "drawn")
        say(f"tokenizer: done in {time.monotonic() - started:.0f} s")
        return tokenizer.describe(folder)

    folders.made(job.tokenizer, made_from, work, title="tokenizer")


def _draw(job: _Job, folder: Path) -> list[Path]:
    """Draw the sentences of every training file into a file of its own; returns these in order."""
    folder.mkdir()
    rates = language_mixture.tokenizer_rates(job.config, job.statistics)
    characters = {code: job.statistics[code]["train"]["characters"] for code in rates}
    shares = tokenizer_text.shares(rates, characters, tokenizer_text.budget(job.config))
    sources = [
        (code, path, folder / f"{code}-{number:05d}.txt")
        for code in rates
        for number, path in enumerate(job.files(code, "train"))
    ]
    job.each(sources, tokenizer_text.write_drawn, seed=job.config.seed, shares=shares)
    return [drawn for _, _, drawn in sources]


def _take_tokenizer(job: _Job, source: Path) -> None:
    folders.read_summary(source)
    if job.tokenizer.exists() and job.tokenizer.samefile(source):
        return

    def work(folder: Path) -> dict[str, Any]:
        for name in tokenizer_folder.FILES:
            shutil.copyfile(source / name, folder / name)
        return tokenizer.describe(folder)

    folders.made(job.tokenizer, folders.fingerprint({}, {"tokenizer": source}), work)


def _make_shards(job: _Job) -> None:
    made_from = folders.fingerprint(
        {"shard_bytes": job.config.shard_bytes}, {"corpus": job.corpus, "tokenizer": job.tokenizer}
    )
    if folders.is_complete(job.shards, made_from):
        _renew_mixture(job, made_from)
        return
    described = folders.read_summary(job.tokenizer)

    def work(folder: Path) -> dict[str, Any]:
        splits = _binarize(job, folder, described["vocabulary_size"])
        _check_counts(job, splits)
        content = {
            "tokenizer_sha256": described["sha256"],
            "vocabulary_size": described["vocabulary_size"],
            "splits": splits,
        }
        folders.write_json(folder / SHARDS_JSON, content)
        mixture = language_mixture.mixture(job.config, job.statistics, _pieces(splits))
        mixture_table.write(folder, mixture)
        shutil.rmtree(folder / "parts")
        return _shards_summary(splits, mixture)

    folders.made(job.shards, made_from, work, continued=True)


def _binarize(job: _Job, folder: Path, vocabulary_size: int) -> dict[str, Any]:
    """Write all shards into `folder`; returns `splits` of `shards.json`."""
    parts = _parts(job, folder / "parts")
    total = sum(counts["documents"] for code in job.statistics.values() for counts in code.values())
    with progress("shards", "documents", total, lambda: shard_writer.documents_done(parts)):
        job.each(
            _largest_first(parts),
            shard_writer.binarize,
            model=(job.tokenizer / tokenizer_folder.MODEL).read_bytes(),
            dtype=shard_writer.id_type(vocabulary_size),
            shard_bytes=job.config.shard_bytes,
        )
    return shard_writer.publish(parts, folder)


def _parts(job: _Job, folder: Path) -> list[Part]:
    """All parts, in the order of the shards."""
    return [
        Part(name, code, str(path), str(folder / name / code / f"{number:05d}"))
        for split, name in _SPLITS.items()
        for code in job.statistics
        for number, path in enumerate(job.files(code, split))
    ]


def _largest_first(parts: list[Part]) -> list[Part]:
    """The parts by size, so that workers, who get them in turn, finish at about the same time."""
    return sorted(parts, key=lambda part: -Path(part.documents).stat().st_size)


def _shards_summary(splits: Mapping[str, Any], mixture: Mapping[str, Any]) -> dict[str, Any]:
    """Holds the mixture, so that the hash of `_SUCCESS.json` changes with it."""
    pieces = {split: sum(_pieces(splits, split).values()) for split in splits}
    return {"languages": len(splits["train"]), "pieces": pieces, "mixture": mixture}


def _pieces(splits: Mapping[str, Any], split: str = "train") -> dict[str, int]:
    return {code: counts["pieces"] for code, counts in splits[split].items()}


def _check_counts(job: _Job, splits: Mapping[str, Any]) -> None:
    for split, name in _SPLITS.items():
        for code, counts in job.statistics.items():
            documents_made = splits[name].get(code, {"documents": 0})["documents"]
            if documents_made != counts[split]["documents"]:
                raise InputError(
                    f"{job.corpus} has {documents_made} {split} documents in {code!r}, but its "
                    f"statistics.json counts {counts[split]['documents']}; run mswitch corpus again"
                )


def _renew_mixture(job: _Job, made_from: dict[str, Any]) -> None:
    """Rewrite `mixture.json` of finished shards where the settings ask for another mixture."""
    path = job.shards / SHARDS_JSON
    splits = json.loads(path.read_text(encoding="utf-8"))["splits"]
    mixture = language_mixture.mixture(job.config, job.statistics, _pieces(splits))
    if folders.read_summary(job.shards)["mixture"] == mixture:
        say(f"shards: {job.shards} is complete, nothing to do")
        return
    mixture_table.write(job.shards, mixture)
    folders.mark_complete(job.shards, made_from, _shards_summary(splits, mixture))
    say(f"shards: {job.shards} is complete, only the mixture is written anew")
