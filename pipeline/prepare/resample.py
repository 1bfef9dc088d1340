"""A sampled corpus: documents of another one, drawn by language rates to a budget.

Of a language that gets 2.3 times its size every document comes twice, and those with the smallest
hashes of seed and id a third time. How many these are is found from the sizes by bins of the hash,
so that nothing is sorted or held: the budget is met to one bin (1/16,384 of a language) or one
document, whichever is more. The choice depends on seed, ids and sizes alone, not on files or
workers. Validation is kept as it is.
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from langs.errors import InputError
from pipeline.corpus import documents
from pipeline.corpus.statistics.funnel import MEASURES
from pipeline.prepare import language_mixture, mixture_table, shard_writer, tokenizer_training
from pipeline.prepare.config import SampleConfig, check_sample
from pipeline.stages import folders
from pipeline.stages.beam import each
from pipeline.stages.frames import replacing
from pipeline.stages.progress import say

_BINS = 2**14
_WORK = "work"
Sizes = NDArray[np.int64]
"""Size of a language by bins of its documents' hashes."""


@dataclass(frozen=True)
class Source:
    """One documents file of the corpus, and what becomes of it."""

    language: str
    path: str
    output: str
    sizes: str  # file that gets its Sizes
    counts: str  # file that gets what was written


@dataclass(frozen=True)
class Copies:
    """Copies of each document: `whole`, and one more if its bin is below `bins`."""

    whole: int
    bins: int

    def in_bin(self, number: int) -> int:
        """Copies of a document whose hash is in bin `number`."""
        return self.whole + (number < self.bins)


def bin_of(seed: int, language: str, identity: str) -> int:
    """The bin of a document; depends on nothing but the arguments."""
    key = f"{seed} {language} {identity}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") * _BINS >> 64


def copies(sizes: Sizes, wanted: float) -> Copies:
    """The copies that come nearest to a total size of `wanted`."""
    whole, rest = divmod(wanted, int(sizes.sum()))
    sums = np.concatenate(([0], np.cumsum(sizes)))
    return Copies(int(whole), int(np.argmin(np.abs(sums - rest))))


def sample(
    corpus: Path,
    output: Path,
    config: SampleConfig,
    tokenizer_folder: Path | None = None,
    workers: int = 1,
    beam_options: Sequence[str] = (),
) -> dict[str, Any]:
    """Make `output` from a finished corpus folder, in the same layout; returns its mixture.

    `tokenizer_folder` counts tokens. Raises InputError for bad settings, a missing or unfinished
    corpus or tokenizer, and an output made from something else; OSErrors pass up.
    """
    check_sample(config, tokenizer_folder is not None)
    if not corpus.is_dir():
        raise InputError(f"{corpus} is no folder; give the output folder of mswitch corpus")
    inputs = {"corpus": corpus}
    if tokenizer_folder:
        inputs["tokenizer"] = tokenizer_folder
    made_from = folders.fingerprint(config, inputs)

    def work(folder: Path) -> dict[str, Any]:
        mixture = _fill(corpus, folder, config, tokenizer_folder, workers, beam_options)
        shutil.rmtree(folder / _WORK)
        return {"mixture": mixture}

    return folders.made(output, made_from, work, title="sample")["mixture"]


def _fill(
    corpus: Path,
    folder: Path,
    config: SampleConfig,
    tokenizer_folder: Path | None,
    workers: int,
    beam_options: Sequence[str],
) -> dict[str, Any]:
    statistics = language_mixture.read_statistics(corpus)
    model = (tokenizer_folder / tokenizer_training.MODEL).read_bytes() if tokenizer_folder else b""
    sources = list(_sources(corpus, folder, language_mixture.sizes(statistics, "documents")))
    call: dict[str, Any] = {
        "model": model,
        "config": config,
        "workers": workers,
        "beam_options": beam_options,
    }
    say(f"sample: measuring {len(sources)} files in {config.budget_unit}")
    each(sources, measure, **call)
    sizes = _added(sources)
    totals = {code: int(bins.sum()) for code, bins in sizes.items()}
    measured = (
        totals if config.unit == "tokens" else language_mixture.sizes(statistics, config.unit)
    )
    budget = config.budget or sum(totals.values())
    rates = language_mixture.rates(config, measured, passes=budget / sum(totals.values()))
    plan = {code: copies(bins, rates[code] * budget) for code, bins in sizes.items()}
    made = {code: _made(bins, plan[code]) for code, bins in sizes.items()}
    if not any(made.values()):
        raise InputError(f"a budget of {budget:,} {config.budget_unit} is less than one document")
    say(f"sample: writing {sum(made.values()):,} {config.budget_unit}")
    each(sources, write, plan=plan, **call)
    counts = _written(corpus, folder, sources, statistics)
    folders.write_json(folder / "statistics.json", counts)
    mixture = language_mixture.described(config, measured, totals, made)
    mixture_table.write(folder, mixture)
    return mixture


def _sources(corpus: Path, folder: Path, languages: Mapping[str, int]) -> Iterator[Source]:
    (folder / _WORK).mkdir()
    for code in languages:
        target = folder / documents.FOLDER / code
        target.mkdir(parents=True)
        for path in documents.files(corpus, code, "validation"):
            shutil.copyfile(path, target / path.name)
        for path in documents.files(corpus, code, "train"):
            work = folder / _WORK / f"{code}-{path.name}"
            yield Source(code, str(path), str(target / path.name), f"{work}.npy", f"{work}.json")


def measure(source: Source, model: bytes, config: SampleConfig) -> None:
    """Write the Sizes of a documents file, in the budget's unit."""
    sizes = np.zeros(_BINS, np.int64)
    for document, size in _sized(source, model, config):
        sizes[bin_of(config.seed, source.language, document["id"])] += size
    with replacing(Path(source.sizes)) as stream:
        np.save(stream, sizes)


def _sized(
    source: Source, model: bytes, config: SampleConfig
) -> Iterator[tuple[dict[str, Any], int]]:
    for document in documents.read_documents(Path(source.path)):
        size = 1
        if config.budget_unit == "bytes":
            size = len(document["text"].encode())
        elif config.budget_unit == "tokens":
            size = shard_writer.count_pieces(model, document["text"])
        yield document, size


def _added(sources: Sequence[Source]) -> dict[str, Sizes]:
    sizes: dict[str, Sizes] = {}
    for source in sources:
        part = np.load(source.sizes)
        sizes[source.language] = sizes[source.language] + part if source.language in sizes else part
    return sizes


def write(source: Source, model: bytes, config: SampleConfig, plan: Mapping[str, Copies]) -> None:
    """Write the copies of a file's documents; the ids of further ones end in -2, -3, ..."""
    counts: Counter[str] = Counter()
    form = next(form for form, end in documents.FORMATS.items() if source.path.endswith(end))

    def lines() -> Iterator[bytes]:
        for document in documents.read_documents(Path(source.path)):
            text, identity = document["text"], document["id"]
            times = plan[source.language].in_bin(bin_of(config.seed, source.language, identity))
            measures = (1, text.count("\n") + 1, len(text), len(text.encode()))
            counts.update({name: times * n for name, n in zip(MEASURES, measures, strict=True)})
            for number in range(1, times + 1):
                copy = document if number == 1 else document | {"id": f"{identity}-{number}"}
                yield json.dumps(copy, ensure_ascii=False).encode()

    with replacing(Path(source.output)) as stream:
        documents.write_documents(stream, lines(), form)
    folders.write_json(Path(source.counts), counts)


def _written(
    corpus: Path,
    folder: Path,
    sources: Sequence[Source],
    statistics: Mapping[str, language_mixture.Counts],
) -> dict[str, Any]:
    """The content of `statistics.json`: languages of the sample, all else of the corpus."""
    old = json.loads((corpus / "statistics.json").read_text(encoding="utf-8"))
    train: dict[str, Counter[str]] = {}
    for source in sources:
        made = json.loads(Path(source.counts).read_text(encoding="utf-8"))
        train.setdefault(source.language, Counter()).update(made)
    languages = {
        code: {"train": {name: counts[name] for name in MEASURES}}
        | {"validation": old["languages"][code].get("validation", {})}
        for code, counts in train.items()
    }
    return {
        "languages": languages,
        "sampled_from": {k: v for k, v in old.items() if k != "languages"},
    }


def _made(sizes: Sizes, plan: Copies) -> int:
    return plan.whole * int(sizes.sum()) + int(sizes[: plan.bins].sum())
