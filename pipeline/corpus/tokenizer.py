"""Train the tokenizer: a SentencePiece unigram model as mT5's, with T5's 100 sentinels.

Ids: pad 0, eos 1, unk 2, the pieces of SentencePiece (256 bytes for unknown characters among
them), and last the sentinels, `<extra_id_0>` with the highest id. Text is normalised by
`nmt_nfkc`, the rule in the published models of T5 and mT5 (`normalizer_spec.name`): NFKC, and
every run of white space, line breaks too, becomes one space.
"""

import hashlib
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import apache_beam as beam
import numpy as np
import sentencepiece

from langs.errors import InputError
from pipeline import stage
from pipeline.corpus.config import PrepareConfig
from pipeline.corpus.documents import read_documents

SENTINELS = 100
PAD, EOS, UNK = 0, 1, 2
MODEL, VOCABULARY, DICTIONARY = "spm.model", "spm.vocab", "dict.txt"

_CHARACTERS_PER_ID = 300  # of sampled text where the configuration does not say
_LONGEST_SENTENCE = 2000  # characters; longer lines are cut at spaces
_THREADS = 16  # fixed: the sums of EM, and so the model, depend on their number
_SEED_PIECES_PER_ID = 10  # T5's default of a million seeds is made for 32,000 ids and more
_MOST_SEED_PIECES = 1_000_000


def cut(text: str, longest: int) -> Iterator[str]:
    """The text in parts of at most `longest` characters, cut at white space where there is any."""
    start = 0
    while len(text) - start > longest:
        space = text.rfind(" ", start + 1, start + longest)
        end = space if space > 0 else start + longest
        yield text[start:end]
        start = end
    yield text[start:]


def is_drawn(seed: int, language: str, sentence: str, share: float) -> bool:
    """True for a `share` (0 to 1) of all sentences; depends on nothing but the arguments."""
    key = f"{seed} {language} {sentence}".encode()
    draw = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
    return draw < share * 2**64


def shares(
    rates: Mapping[str, float], characters: Mapping[str, int], budget: int
) -> dict[str, float]:
    """The part of each language's text to learn from, so that `budget` characters follow `rates`.

    A language with less text than its part gives all it has, once: repeated text would teach
    pieces that are whole words of few pages.
    """
    return {code: min(1.0, rate * budget / characters[code]) for code, rate in rates.items()}


def budget(config: PrepareConfig) -> int:
    """Characters of text to learn from."""
    return config.sample_characters or _CHARACTERS_PER_ID * config.vocabulary_size


class DrawSentences(beam.DoFn):
    """(language, documents file, sample file) -> the sentences drawn, written to the sample file.

    Yields the sample file's name.
    """

    def __init__(self, seed: int, shares: Mapping[str, float]) -> None:
        self.seed = seed
        self.shares = shares

    def process(self, element: tuple[str, str, str]) -> Iterator[str]:
        language, documents, sample = element
        with open(sample, "w", encoding="utf-8", newline="\n") as stream:
            for document in read_documents(Path(documents)):
                for line in document["text"].split("\n"):
                    for sentence in cut(line.strip(), _LONGEST_SENTENCE):
                        if is_drawn(self.seed, language, sentence, self.shares[language]):
                            stream.write(sentence + "\n")
        yield sample


def train(config: PrepareConfig, sentences: Iterable[str]) -> bytes:
    """The serialised SentencePiece model; the same for the same sentences in the same order.

    Raises InputError if the vocabulary is too large or too small for the text.
    """
    model = io.BytesIO()
    pieces = config.vocabulary_size - SENTINELS
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=pieces,
            byte_fallback=True,
            character_coverage=config.character_coverage,
            normalization_rule_name="nmt_nfkc",
            pad_id=PAD,
            eos_id=EOS,
            unk_id=UNK,
            bos_id=-1,
            seed_sentencepiece_size=min(_MOST_SEED_PIECES, _SEED_PIECES_PER_ID * pieces),
            max_sentence_length=4 * _LONGEST_SENTENCE + 1,
            num_threads=_THREADS,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise _explained(config, str(error)) from error
    return model.getvalue()


def write(folder: Path, model: bytes, sentences: Iterable[str]) -> None:
    """Write `spm.model`, `spm.vocab` and `dict.txt` (counts taken over `sentences`)."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    (folder / MODEL).write_bytes(model)
    size = processor.get_piece_size()
    names = [processor.id_to_piece(i) for i in range(size)]
    scores = [f"{processor.get_score(i):g}" for i in range(size)]
    stage.write_text(folder / VOCABULARY, _lines(names, scores, "\t"))
    names += [f"<extra_id_{i}>" for i in reversed(range(SENTINELS))]
    counts = np.zeros(len(names), dtype=np.int64)
    for batch in _batches(sentences):
        ids = np.concatenate([np.asarray(i, dtype=np.int64) for i in processor.encode(batch)])
        counts += np.bincount(ids, minlength=len(names))
    stage.write_text(folder / DICTIONARY, _lines(names, counts.tolist(), " "))


def sha256(model: Path) -> str:
    """The hash by which shards name their tokenizer."""
    return hashlib.sha256(model.read_bytes()).hexdigest()


def _explained(config: PrepareConfig, message: str) -> InputError:
    """SentencePiece's error as advice; sizes in ids, sentinels included."""
    asked = f"vocabulary_size is {config.vocabulary_size}"
    if found := re.search(r"too high .* value <= (\d+)", message):
        return InputError(f"{asked}, too large for this text: give at most {_ids(found)}")
    if found := re.search(r"smaller than required_chars\. \d+ vs (\d+)", message):
        return InputError(
            f"{asked}, too small for the characters of this text: give at least {_ids(found)} "
            f"or lower character_coverage ({config.character_coverage})"
        )
    if "sentences_.empty()" in message:
        return InputError("the corpus has no text to learn a tokenizer from; look at its funnel")
    return InputError(f"SentencePiece cannot learn from this text: {' '.join(message.split())}")


def _ids(found: re.Match[str]) -> int:
    return int(found[1]) + SENTINELS


def _lines(names: list[str], values: Iterable[object], separator: str) -> str:
    return "".join(f"{name}{separator}{value}\n" for name, value in zip(names, values, strict=True))


def _batches(sentences: Iterable[str], size: int = 4096) -> Iterator[list[str]]:
    iterator = iter(sentences)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
