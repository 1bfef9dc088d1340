"""`mswitch translate` and `transformers` on one model of random weights, which our export carries.

Both get the same lines, in the same batches by length, for as many tokens: with random weights
hardly any text ends before the limit. The weights are so large that each line gets a text of its
own: usual ones say one word for ever, and two sides that do cannot but agree.
"""

import gzip
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from models.generation.text_model import load
from models.generation.translation import Search, batches
from models.network.transformer import Transformer
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer.text_tokenizer import Tokenizer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from pipeline.prepare import tokenizer_training as tokenizer
from pipeline.prepare.config import PrepareConfig
from pipeline.training.convert import export_model
from pipeline.translation.translate.translator import Translator

from . import peers
from .memory import MIB, command_peak, mswitch
from .peers import Shape
from .rows import Bar, Row
from .timing import PEER, their_text

SAMPLE = Path(__file__).parents[2] / "pipeline" / "sample" / "parallel"
SOURCE, TARGET = "fr", "en"
LONGEST = 128  # tokens of a line; those that have more are left out
TRAINED_LINES = 4000  # by which the tokenizer is learnt
COVERAGE = 0.999  # share of the characters that get pieces
PARTS = 4  # of the lines, in which both sides take turns
INIT_SCALE, EMBEDDING_STD = 4.0, 0.02  # of the random weights
FILE_TOKENS = 8  # of a translation, where memory is measured


def sample_texts() -> Iterator[str]:
    """All translations of the sample that ships, from all languages in turn, without end."""
    columns = []
    for path in sorted(SAMPLE.glob("*.tsv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            columns.append([line.rstrip("\n").split("\t")[-1] for line in stream][1:])
    rows = itertools.zip_longest(*columns)
    return itertools.cycle([text for row in rows for text in row if text])


def pieces(vocabulary: int) -> bytes:
    """A SentencePiece model of so many ids, learnt from the sample."""
    config = PrepareConfig(vocabulary_size=vocabulary, character_coverage=COVERAGE)
    return tokenizer.train(config, itertools.islice(sample_texts(), TRAINED_LINES))


def write_run(run: Path, shape: Shape, experts: int, model: bytes) -> Path:
    """A run's folder with random weights, and a tokenizer with a tag; returns the checkpoint."""
    folder = run / checkpoint.TOKENIZER
    folder.mkdir(parents=True)
    tokenizer_folder.write(folder, model)
    tokenizer_folder.add_tags(folder, [TARGET])
    names, _ = tokenizer_folder.read_dictionary(folder / tokenizer_folder.DICTIONARY)
    config = peers.ours(replace(shape, vocabulary=len(names)), experts).config
    torch.manual_seed(2)
    made = Transformer(replace(config, init_scale=INIT_SCALE, embedding_std=EMBEDDING_STD))
    name = "switch_tiny" if experts else "t5_tiny"
    content = Checkpoint(name, made.config, dict(made.state_dict()))
    checkpoint.write(run / checkpoint.NAME, content)
    return run / checkpoint.NAME


@dataclass(frozen=True)
class Theirs:
    """The exported folder, as `transformers` reads it, and the id of the tag."""

    model: Any
    tokenizer: Any
    tag: int

    @classmethod
    def of(cls, run: Path) -> "Theirs":
        """The exported checkpoint of a run's folder."""
        exported = run / "exported"
        export_model(run / checkpoint.NAME, exported, None)
        tag = Tokenizer.read(run / checkpoint.TOKENIZER).tag(TARGET)
        model = AutoModelForSeq2SeqLM.from_pretrained(exported).eval()
        return cls(model, AutoTokenizer.from_pretrained(exported), tag)

    def texts(self, lines: Sequence[str], search: Search) -> list[str]:
        """The translations: read, sorted by length, written batch after batch, in order again."""
        sources = [[self.tag, *ids] for ids in self.tokenizer(list(lines)).input_ids]
        found = [""] * len(lines)
        for places in batches([len(source) for source in sources], search):
            rows = [torch.tensor(sources[place]) for place in places]
            source = pad_sequence(rows, batch_first=True)
            tokens = their_text(self.model, source, search.rules(search.max_length))
            texts = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
            for place, text in zip(places, texts, strict=True):
                found[place] = text
        return found


def our_texts(translator: Translator, lines: Sequence[str]) -> list[str]:
    """Translations by the functions behind `mswitch translate`."""
    found = translator.lines(lines, translator.pieces(SOURCE, TARGET), lambda lines, tokens: None)
    return [line.translations[0].text for line in found]


def short_texts(run: Path, count: int) -> list[str]:
    """So many lines of the sample that have at most LONGEST tokens."""
    read = Tokenizer.read(run / checkpoint.TOKENIZER)
    fitting = (text for text in sample_texts() if len(read.encode(text)) <= LONGEST)
    return list(itertools.islice(fitting, count))


def speed_rows(run: Path, name: str, lines: int, tokens: int, limit: float) -> list[Row]:
    """Lines a second of both sides, by greedy search and with four beams, for one checkpoint."""
    theirs, texts = Theirs.of(run), short_texts(run, lines)
    section = f"translation, {lines:,} lines, {tokens} tokens each"
    rows = []
    for beams in (1, 4):
        search = Search(beams, max_length=tokens)
        ours = Translator(load(run / checkpoint.NAME), search, LONGEST)
        sides = {
            "theirs": partial(theirs.texts, search=search),
            "ours": partial(our_texts, ours),
        }
        seconds, same = in_turn(sides, texts)
        kind = f"{f'beam {beams}' if beams > 1 else 'greedy'}, {name}"
        bar = Bar(PEER, seconds["theirs"] / seconds["ours"], limit, at_least=True)
        rows += [
            Row(section, f"{kind}, transformers", lines / seconds["theirs"], "lines/s"),
            Row(section, f"{kind} ({same:,} the same)", lines / seconds["ours"], "lines/s", [bar]),
        ]
    return rows


def in_turn(
    sides: Mapping[str, Callable[[list[str]], list[str]]], texts: list[str]
) -> tuple[dict[str, float], int]:
    """Seconds of both sides for all texts, part by part in turn, and how often they agree."""
    seconds, same = dict.fromkeys(sides, 0.0), 0
    size = -(-len(texts) // PARTS)
    for side in sides.values():
        side(texts[:2])  # to warm up
    for number, start in enumerate(range(0, len(texts), size)):
        found = {}
        for name in sorted(sides, reverse=number % 2 == 0):
            started = time.perf_counter()
            found[name] = sides[name](texts[start : start + size])
            seconds[name] += time.perf_counter() - started
        pairs = zip(*found.values(), strict=True)
        same += sum(letters(one) == letters(other) for one, other in pairs)
    return seconds, same


def letters(text: str) -> str:
    """The letters and digits of a text: control characters and invalid bytes look different."""
    return "".join(filter(str.isalnum, text))


def memory_rows(run: Path, megabytes: float, limit: float) -> list[Row]:
    """Peak memory of `mswitch translate` over a file, and over a tenth of it."""
    peaks = []
    for size in (megabytes / 10, megabytes):
        file = run / f"{size:g}MB.txt"
        write_text(file, round(size * 1e6))
        command = [mswitch(), "translate", "--checkpoint", str(run / checkpoint.NAME)]
        command += ["--source", SOURCE, "--target", TARGET, "--input", str(file)]
        command += ["--beams", "1", "--max-length", str(FILE_TOKENS), "--device", "cpu"]
        peaks.append((size, command_peak(command).peak / MIB))
    (less, small), (more, large) = peaks
    section = "peak memory of mswitch translate"
    bar = Bar(f"of that over {less:g} MB", large / small, limit)
    return [
        Row(section, f"{less:g} MB of text", small, "MiB"),
        Row(section, f"{more:g} MB of text", large, "MiB", [bar]),
    ]


def write_text(file: Path, size: int) -> None:
    """Fill a file with lines of the sample until it has so many bytes."""
    texts, written = sample_texts(), 0
    with file.open("wb") as stream:
        while written < size:
            written += stream.write(next(texts).encode() + b"\n")
