"""Corpus folder -> tokenizer and shards, as two stages that can each be resumed.

    corpus/ -> tokenizer/  sentences drawn by the mixture, SentencePiece trained on them
            -> shards/     documents as ids, `shards.json` and `mixture.json`

The shards depend on the tokenizer and the corpus, not on the mixture. So with a tokenizer that is
given (`--tokenizer`), other mixture settings rewrite `mixture.json` and nothing else.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langs.errors import InputError
from pipeline import stage
from pipeline.corpus import mix
from pipeline.corpus.config import PrepareConfig, check_prepare
from pipeline.corpus.progress import progress, say

if TYPE_CHECKING:
    from pipeline.corpus.binarize import Part

_SPLITS = {"train": "train", "validation": "valid"}  # our name -> fairseq's
_TOKENIZER_SETTINGS = (
    *("vocabulary_size", "character_coverage", "sample_characters", "seed"),
    *("method", "alpha", "max_epochs", "unit"),
)
_MANY_BYTES = 100 * 2**20  # text for which several processes pay
_TOKENIZER_FILES = ("spm.model", "spm.vocab", "dict.txt")


def prepare(
    corpus: Path,
    output: Path,
    config: PrepareConfig,
    tokenizer: Path | None = None,
    workers: int = 0,
    beam_options: Sequence[str] = (),
) -> None:
    """Make `output/tokenizer` and `output/shards` from a finished corpus folder.

    `tokenizer`: folder of an existing tokenizer to use instead of training one; it may be
    `output/tokenizer`. `workers`: processes on this machine; 0 = one for a small corpus, else one
    a core. Raises InputError for bad settings, a corpus that is missing or unfinished, and outputs
    made from something else; OSErrors pass up, from Beam's workers as InputError.
    """
    check_prepare(config)
    if not corpus.is_dir():
        raise InputError(f"{corpus} is no folder; give the output folder of mswitch corpus")
    stage.read_summary(corpus)
    statistics = mix.read_statistics(corpus)
    run = _BeamRun(workers or _workers(statistics), beam_options)
    if tokenizer is None:
        _make_tokenizer(corpus, output / "tokenizer", config, statistics, run)
    else:
        _take_tokenizer(tokenizer, output / "tokenizer")
    _make_shards(corpus, output, config, statistics, run)


class _BeamRun:
    """Runs a DoFn over elements in a Beam pipeline."""

    def __init__(self, workers: int, extra: Sequence[str]) -> None:
        self.workers = workers
        self.extra = extra

    def __call__(self, elements: Sequence[object], function: Any) -> None:
        import apache_beam as beam  # takes two seconds

        from pipeline.corpus.runner import pipeline_options, run

        options = pipeline_options(self.extra, self.workers)
        run(options, lambda pipeline: pipeline | beam.Create(elements) | beam.ParDo(function))


def _workers(statistics: Mapping[str, mix.Counts]) -> int:
    """One process for small corpora, as several take seconds to start; else one a core."""
    size = sum(counts["bytes"] for splits in statistics.values() for counts in splits.values())
    return 1 if size < _MANY_BYTES else os.cpu_count() or 1


def _make_tokenizer(
    corpus: Path,
    output: Path,
    config: PrepareConfig,
    statistics: Mapping[str, mix.Counts],
    run: _BeamRun,
) -> None:
    settings = {name: getattr(config, name) for name in _TOKENIZER_SETTINGS}
    made_from = stage.fingerprint(settings, {"corpus": corpus})
    if stage.is_complete(output, made_from):
        say(f"tokenizer: {output} is complete, nothing to do")
        return
    from pipeline.corpus import tokenizer

    with stage.partial_folder(output) as folder:
        samples = _draw(corpus, folder / "sample", config, statistics, run)
        characters = sum(len(sentence) for sentence in _lines_of(samples))
        say(f"tokenizer: learning {config.vocabulary_size} ids from {characters:,} characters")
        started = time.monotonic()
        model = tokenizer.train(config, _lines_of(samples))
        tokenizer.write(folder, model, _lines_of(samples))
        shutil.rmtree(folder / "sample")
        say(f"tokenizer: done in {time.monotonic() - started:.0f} s")
        stage.mark_complete(folder, made_from, _tokenizer_summary(folder))


def _draw(
    corpus: Path,
    folder: Path,
    config: PrepareConfig,
    statistics: Mapping[str, mix.Counts],
    run: _BeamRun,
) -> list[Path]:
    """Draw the sentences of every training file into a file of its own; returns these in order."""
    from pipeline.corpus import tokenizer

    folder.mkdir()
    rates = mix.tokenizer_rates(config, statistics)
    characters = {code: statistics[code]["train"]["characters"] for code in rates}
    shares = tokenizer.shares(rates, characters, tokenizer.budget(config))
    files = [
        (code, path, folder / f"{code}-{number:05d}.txt")
        for code in rates
        for number, path in enumerate(_documents(corpus, code, "train"))
    ]
    elements = [(code, str(path), str(sample)) for code, path, sample in files]
    run(elements, tokenizer.DrawSentences(config.seed, shares))
    return [sample for _, _, sample in files]


def _lines_of(samples: Sequence[Path]) -> Iterator[str]:
    for path in samples:
        with path.open(encoding="utf-8", newline="\n") as stream:
            for line in stream:
                yield line.rstrip("\n")


def _take_tokenizer(source: Path, output: Path) -> None:
    stage.read_summary(source)
    if output.exists() and output.samefile(source):
        return
    made_from = stage.fingerprint({}, {"tokenizer": source})
    if stage.is_complete(output, made_from):
        return
    with stage.partial_folder(output) as folder:
        for name in _TOKENIZER_FILES:
            shutil.copyfile(source / name, folder / name)
        stage.mark_complete(folder, made_from, _tokenizer_summary(folder))


def _tokenizer_summary(folder: Path) -> dict[str, Any]:
    from pipeline.corpus import tokenizer

    lines = (folder / tokenizer.DICTIONARY).read_text(encoding="utf-8").count("\n")
    return {"sha256": tokenizer.sha256(folder / tokenizer.MODEL), "vocabulary_size": lines}


def _make_shards(
    corpus: Path,
    output: Path,
    config: PrepareConfig,
    statistics: Mapping[str, mix.Counts],
    run: _BeamRun,
) -> None:
    shards = output / "shards"
    made_from = stage.fingerprint(
        {"shard_bytes": config.shard_bytes}, {"corpus": corpus, "tokenizer": output / "tokenizer"}
    )
    if stage.is_complete(shards, made_from):
        _renew_mixture(shards, made_from, config, statistics)
        return
    with stage.continued_folder(shards, made_from) as folder:
        splits = _binarize(corpus, output / "tokenizer", folder, config, statistics, run)
        _check_counts(corpus, splits, statistics)
        tokenizer = stage.read_summary(output / "tokenizer")
        stage.write_json(folder / "shards.json", _shards_json(tokenizer, splits))
        mixture = mix.mixture(config, statistics, _pieces(splits))
        stage.write_json(folder / "mixture.json", mixture)
        shutil.rmtree(folder / "parts")
        stage.mark_complete(folder, made_from, _shards_summary(splits, mixture))


def _binarize(
    corpus: Path,
    tokenizer: Path,
    folder: Path,
    config: PrepareConfig,
    statistics: Mapping[str, mix.Counts],
    run: _BeamRun,
) -> dict[str, Any]:
    """Write all shards into `folder`; returns `splits` of `shards.json`."""
    from pipeline.corpus import binarize

    parts = _parts(corpus, folder / "parts", statistics)
    dtype = binarize.id_type(stage.read_summary(tokenizer)["vocabulary_size"])
    work = binarize.Binarize(str(tokenizer / "spm.model"), dtype, config.shard_bytes)
    total = sum(counts["documents"] for code in statistics.values() for counts in code.values())
    with progress("shards", "documents", total, lambda: binarize.documents_done(parts)):
        run(_largest_first(parts), work)
    return binarize.publish(parts, folder)


def _largest_first(parts: "list[Part]") -> "list[Part]":
    """So that workers, who get the parts in turn, finish at about the same time."""
    return sorted(parts, key=lambda part: -Path(part.documents).stat().st_size)


def _shards_json(tokenizer: Mapping[str, Any], splits: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tokenizer_sha256": tokenizer["sha256"],
        "vocabulary_size": tokenizer["vocabulary_size"],
        "splits": splits,
    }


def _shards_summary(splits: Mapping[str, Any], mixture: Mapping[str, Any]) -> dict[str, Any]:
    """Holds the mixture, so that the hash of `_SUCCESS.json` changes with it."""
    pieces = {split: sum(_pieces(splits, split).values()) for split in splits}
    return {"languages": len(splits["train"]), "pieces": pieces, "mixture": mixture}


def _pieces(splits: Mapping[str, Any], split: str = "train") -> dict[str, int]:
    return {code: counts["pieces"] for code, counts in splits[split].items()}


def _check_counts(
    corpus: Path, splits: Mapping[str, Any], statistics: Mapping[str, mix.Counts]
) -> None:
    for split, name in _SPLITS.items():
        for code, counts in statistics.items():
            found = splits[name].get(code, {"documents": 0})["documents"]
            if found != counts[split]["documents"]:
                raise InputError(
                    f"{corpus} has {found} {split} documents in {code!r}, but its statistics.json "
                    f"counts {counts[split]['documents']}; run mswitch corpus again"
                )


def _renew_mixture(
    shards: Path,
    made_from: dict[str, Any],
    config: PrepareConfig,
    statistics: Mapping[str, mix.Counts],
) -> None:
    """Rewrite `mixture.json` of finished shards where the settings ask for another mixture."""
    splits = json.loads((shards / "shards.json").read_text(encoding="utf-8"))["splits"]
    mixture = mix.mixture(config, statistics, _pieces(splits))
    if stage.read_summary(shards)["mixture"] == mixture:
        say(f"shards: {shards} is complete, nothing to do")
        return
    stage.write_json(shards / "mixture.json", mixture)
    stage.mark_complete(shards, made_from, _shards_summary(splits, mixture))
    say(f"shards: {shards} is complete, only mixture.json is written anew")


def _parts(corpus: Path, folder: Path, statistics: Mapping[str, mix.Counts]) -> "list[Part]":
    """What is to be made, in the order of the shards."""
    from pipeline.corpus.binarize import Part

    return [
        Part(name, code, str(path), str(folder / name / code / f"{number:05d}"))
        for split, name in _SPLITS.items()
        for code in statistics
        for number, path in enumerate(_documents(corpus, code, split))
    ]


def _documents(corpus: Path, language: str, split: str) -> list[Path]:
    return sorted((corpus / "documents" / language).glob(f"{split}-*.jsonl.zst"))
